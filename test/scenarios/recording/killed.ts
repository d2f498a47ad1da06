import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import { decodeByFfmpeg } from '../../support/ffmpeg.ts';
import { type Program, partyline, withProgram } from '../../support/program.ts';
import { type System, withSystem } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';
import { decodeChecked, manifestIn } from './files.ts';
import type { Part } from './part.ts';
import { Person } from './person.ts';
import { playInChromium } from './playback.ts';
import { recordWords } from './record-words.ts';
import { compareTrack, packetsOf } from './track-file.ts';

const ROOM = 'killed';
/** How long each recorder lives, ms: no round numbers, so that each dies at another place of a page and a fragment. */
const LIVES_MS = [6_130, 4_570, 5_310];
/** What may be missing at the end of a file whose recorder was killed, s; as docs/recording.md has it. */
const LOSS_SECONDS: Record<string, number> = { wav: 2.2, mp3: 2.2, m4a: 3.5, ogg: 6.5, track: 0.7 };

/** Kills one recorder after the other while somebody speaks without an end; the last one is let finish. */
const recordThrice = async (
  record: () => Program,
  checks: Expectations,
): Promise<{ killedAtMs: number[]; startedAgain: number }> => {
  const killedAtMs: number[] = [];
  for (const lifeMs of LIVES_MS) {
    await withProgram(record(), async (program) => {
      await program.prints(/Recording room/, 15_000);
      await forMs(lifeMs);
      program.signal('SIGKILL');
      killedAtMs.push(Date.now());
      await program.ends(5_000);
    });
  }
  await withProgram(record(), async (program) => {
    await program.prints(/part 4 of what is there/, 15_000);
    await forMs(3_000);
    program.interrupt();
    checks.expect((await program.ends(10_000)) === 0, `the last one failed: ${program.output}`);
  });
  return { killedAtMs, startedAgain: LIVES_MS.length };
};

const inCall = async (
  system: System,
  context: RunContext,
  checks: Expectations,
  folder: string,
): Promise<Record<string, unknown>> => {
  const out = join(folder, 'out');
  const words = await recordWords(system, ROOM);
  const record = () => partyline([...words, ...['--out', out, '--mix', 'wav,mp3,m4a,ogg']]);
  const ada = new Person(system, ROOM, 'ada');
  await ada.join();
  const over = new AbortController();
  const speaks = ada.speak(60, 0, over.signal);
  const { killedAtMs } = await recordThrice(record, checks);
  over.abort();
  await speaks;
  await ada.leave();

  const { parts, state } = await manifestIn(out);
  checks.expect(state === 'done' && parts.length === 4, `${state}, ${parts.length} parts`);
  const rows: (string | number)[][] = [['file', 'recorder lived s', 'missing s', 'damaged at its end']];
  for (const [index, part] of parts.entries()) {
    const startedAtMs = Date.parse(part.startedAt);
    const livedSeconds = ((killedAtMs[index] ?? 0) - startedAtMs) / 1_000;
    const sent = ada.sent.filter(({ capturedAtMs }) => capturedAtMs >= startedAtMs);
    for (const { file } of [...part.mix, ...part.tracks]) {
      const path = join(out, file);
      if (index === LIVES_MS.length) {
        await decodeChecked(path, part.seconds, checks);
        continue;
      }
      const { seconds, complaints } = await decodeByFfmpeg(path);
      const missing = livedSeconds - seconds;
      const kind = file.startsWith('track-') ? 'track' : file.split('.').at(-1)!;
      checks.expect(
        missing <= LOSS_SECONDS[kind]! && missing > -0.1,
        `${file}: ${missing.toFixed(2)} s of ${livedSeconds.toFixed(2)} are missing`,
      );
      rows.push([file, livedSeconds.toFixed(2), missing.toFixed(2), complaints[0] ?? '']);
      if (kind !== 'track') continue;
      const compared = compareTrack(await packetsOf(path), sent, startedAtMs);
      checks.expect(
        compared.worstMs <= 20 && compared.found >= (seconds - 0.5) * 50,
        `${file}: ${compared.found} packets found, the worst ${compared.worstMs} ms off`,
      );
    }
  }
  context.table(rows);
  const first = parts[0]!;
  const paths = [...first.mix, ...first.tracks].map(({ file }) => join(out, file));
  for (const { file, plays, decodedSeconds } of await playInChromium(paths, ada.spoken[0]!.speech.path)) {
    checks.expect(plays && decodedSeconds > 0.5, `Chromium does not play ${file} of a killed recorder`);
  }
  const wav = await readFile(join(out, first.mix[0]!.file));
  checks.expect(
    wav.readUInt32LE(40) === ((wav.length - 44) & ~1),
    'the WAV header of part 1 was not completed',
  );
  const again = partyline([...words, '--out', out]);
  await withProgram(again, async () => {
    checks.expect((await again.ends(10_000)) === 1, 'a complete recording was recorded over');
  });
  return { lives: LIVES_MS.length };
};

/** What is left when a recorder is killed, and what becomes of it. */
export const killedPart: Part = {
  name: 'killed',
  about: 'three recorders killed with SIGKILL, each gone on from by the next: what they leave plays',
  run: (context, checks, folder) => withSystem({}, (system) => inCall(system, context, checks, folder)),
};
