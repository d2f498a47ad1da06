import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import { decodeByFfmpeg } from '../../support/ffmpeg.ts';
import { partyline, withProgram } from '../../support/program.ts';
import { S3Server } from '../../support/s3-server.ts';
import { type System, withSystem } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';
import { decodeChecked, judgeIn, manifestIn } from './files.ts';
import type { Part } from './part.ts';
import { Person } from './person.ts';
import { recordWords } from './record-words.ts';
import { compareTrack, packetsOf } from './track-file.ts';

const ROOM = 'in-a-bucket';
const MIXES = 'wav,mp3,m4a,ogg';
/** Until then everything has been saved once, and not again before the kill: what is missing then is what was not uploaded. */
const LIFE_MS = 17_000;
/** The growing part is uploaded anew every 10 s. */
const LOSS_SECONDS = 14;
/** A WAV file of this many seconds has a whole part of 5 MiB and more. */
const LONG_SECONDS = 62;

const inCall = async (
  system: System,
  s3: S3Server,
  context: RunContext,
  checks: Expectations,
  folder: string,
): Promise<Record<string, unknown>> => {
  const words = await recordWords(system, ROOM);
  const record = () =>
    partyline([...words, '--out', `s3://${s3.bucket}/meetings/monday`, '--mix', MIXES], s3.env);
  const ada = new Person(system, ROOM, 'ada');
  await ada.join();
  await withProgram(record(), async (program) => {
    await program.prints(/Recording room/, 15_000);
    const over = new AbortController();
    const speaks = ada.speak(30, 0, over.signal);
    await forMs(LIFE_MS);
    program.signal('SIGKILL');
    await program.ends(5_000);
    over.abort();
    await speaks;
  });
  checks.expect((await s3.openUploads()) === 5, `${await s3.openUploads()} uploads are left open, not 5`);
  await withProgram(record(), async (program) => {
    await program.prints(/part 2 of what is there/, 15_000);
    await ada.speak(LONG_SECONDS, 2);
    program.interrupt();
    checks.expect((await program.ends(20_000)) === 0, `it failed: ${program.output}`);
  });
  await ada.leave();
  checks.expect((await s3.openUploads()) === 0, 'uploads are left open');
  await s3.download(folder);
  const out = join(folder, 'meetings', 'monday');
  const { parts, state } = await manifestIn(out);
  checks.expect(state === 'done' && parts.length === 2, `${state}, ${parts.length} parts`);
  const [first, second] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const rows: (string | number)[][] = [['object', 'seconds', 'missing', 'PESQ']];
  for (const file of ['mix.wav', 'mix.mp3', 'mix.m4a', 'mix.ogg', 'track-ada.ogg']) {
    const { seconds, complaints } = await decodeByFfmpeg(join(out, file));
    const missing = LIFE_MS / 1_000 - seconds;
    checks.expect(
      missing <= LOSS_SECONDS && complaints.length === 0,
      `${file}: ${missing} s missing, ${complaints}`,
    );
    rows.push([file, seconds.toFixed(2), missing.toFixed(2), '']);
  }
  const startedAtMs = Date.parse(second.startedAt);
  for (const { file, bytes } of second.mix) {
    const decoded = await decodeChecked(join(out, file), second.seconds, checks);
    const verdict = await judgeIn(folder, file, decoded, ada.spoken[1]!, startedAtMs, checks);
    checks.expect(bytes > 0, `${file} is empty`);
    rows.push([file, decoded.seconds.toFixed(2), '0', verdict.pesq.toFixed(2)]);
  }
  const sent = ada.sent.filter(({ capturedAtMs }) => capturedAtMs >= startedAtMs);
  const compared = compareTrack(await packetsOf(join(out, second.tracks[0]!.file)), sent, startedAtMs);
  checks.expect(compared.missing <= 3 && compared.worstMs <= 20, `the track: ${JSON.stringify(compared)}`);
  checks.expect(first.tracks[0]?.identity === 'ada', 'part 1 does not name its speaker');
  context.table(rows);
  return { keys: (await s3.keys()).length };
};

/** A store of objects in a folder's stead. */
export const bucketPart: Part = {
  name: 'bucket',
  about:
    'into an S3-compatible store: a killed recorder leaves all but the last seconds there, the next one completes it',
  run: async (context, checks, folder) => {
    const s3 = await S3Server.start();
    try {
      return await withSystem({}, (system) => inCall(system, s3, context, checks, folder));
    } finally {
      await s3.stop();
    }
  },
};
