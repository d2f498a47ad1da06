import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinRoom, type Room } from '@partyline/client';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { judgeSpeech } from '../support/judge.ts';
import { type Program, partyline, withProgram } from '../support/program.ts';
import { speechFile } from '../support/speech.ts';
import { type System, withSystem } from '../support/system.ts';

/** The floor for speech through `talk` and `listen`. */
const PESQ_FLOOR = 3.8;
/** Five voices at once: each explains at least this much of what is heard, were they equally loud 1/√5 = 0.45. */
const MIXED_CORRELATION_FLOOR = 0.25;
const TALKERS = 5;
const SILENT_LISTENERS = 200;
/** Talkers start after the listener, and stop before it. */
const SPARE_SECONDS = 6;

interface Heard {
  framesReceived: number;
  framesLost: number;
  framesLate: number;
  speakers: string[];
  mouthToEarMs: number | undefined;
}
interface Spoken {
  framesSent: number;
  framesDropped: number;
}

const resultOf = <Result>(program: Program): Result => JSON.parse(program.stdout.at(-1) ?? '{}') as Result;

/** Speaks the files into a room, all at once, while one listener records. */
const call = async (system: System, room: string, files: readonly string[], seconds: number, out: string) => {
  const length = String(Math.ceil(seconds) + SPARE_SECONDS);
  const { apiUrls } = system;
  /** Who joins by a directory is placed in its region, so on a cluster some talkers are in another than the listener. */
  const into = async (identity: string, turn: number): Promise<string[]> => [
    ...['--url', apiUrls[turn % apiUrls.length]!, '--room', room],
    ...['--token', await system.token({ room, identity })],
  ];
  const listen = partyline([
    'listen',
    ...(await into('listener', 0)),
    '--seconds',
    length,
    '--out',
    out,
    '--json',
  ]);
  return withProgram(listen, async () => {
    await listen.prints(/In room/, 15_000);
    const places = await Promise.all(files.map((_, index) => into(`talker-${index + 1}`, index + 1)));
    const talks = files.map((file, index) =>
      partyline(['talk', ...places[index]!, '--file', file, '--json']),
    );
    const codes = await Promise.all(talks.map((talk) => talk.ends((seconds + 30) * 1_000)));
    codes.push(await listen.ends((seconds + 30) * 1_000));
    return { codes, spoken: talks.map((talk) => resultOf<Spoken>(talk)), heard: resultOf<Heard>(listen) };
  });
};

const silentListeners = async (system: System, room: string): Promise<Room[]> => {
  const { apiUrls } = system;
  const join = (index: number): Promise<Room> => {
    const identity = `silent-${index}`;
    const url = apiUrls[index % apiUrls.length]!;
    return joinRoom({ url, room, token: () => system.token({ room, identity }) });
  };
  const rooms: Room[] = [];
  for (let i = 0; i < SILENT_LISTENERS; i += 10) {
    rooms.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => join(i + index)))));
  }
  return rooms;
};

const inFolder = async (context: RunContext, folder: string, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const seconds = context.full ? 60 : 30;
  const rows: (string | number)[][] = [
    ['call', 'frames sent', 'received', 'lost', 'late', 'PESQ', 'mouth-to-ear ms'],
  ];

  const single = async (name: string): Promise<{ pesq: number; mouthToEarMs: number | undefined }> => {
    const speech = await speechFile({ seconds });
    const out = join(folder, `${name}.wav`);
    const { codes, spoken, heard } = await call(system, name, [speech.path], speech.seconds, out);
    checks.expect(
      codes.every((code) => code === 0),
      `${name}: exit codes ${codes.join(', ')}`,
    );
    const verdict = await judgeSpeech(speech.path, out);
    const sent = spoken[0]?.framesSent ?? 0;
    checks.expect(
      verdict.pesq >= PESQ_FLOOR,
      `${name}: PESQ ${verdict.pesq.toFixed(2)} is below ${PESQ_FLOOR}`,
    );
    checks.expect(
      sent >= speech.seconds * 50 && heard.framesReceived === sent && heard.framesLost === 0,
      `${name}: ${sent} frames sent, ${heard.framesReceived} received, ${heard.framesLost} lost`,
    );
    const mouthToEarMs = heard.mouthToEarMs;
    rows.push([
      name,
      sent,
      heard.framesReceived,
      heard.framesLost,
      heard.framesLate,
      verdict.pesq.toFixed(2),
      Math.round(mouthToEarMs ?? 0),
    ]);
    return { pesq: verdict.pesq, mouthToEarMs };
  };

  const alone = await single('alone');

  const voices = await Promise.all(
    Array.from({ length: TALKERS }, (_, voice) => speechFile({ seconds: 15, voice })),
  );
  const out = join(folder, 'mixed.wav');
  const longest = Math.max(...voices.map((voice) => voice.seconds));
  const mixed = await call(
    system,
    'mixed',
    voices.map((voice) => voice.path),
    longest,
    out,
  );
  const sent = mixed.spoken.reduce((sum, spoken) => sum + spoken.framesSent, 0);
  const correlations: number[] = [];
  for (const voice of voices) correlations.push((await judgeSpeech(voice.path, out)).correlation);
  checks.expect(
    mixed.codes.every((code) => code === 0),
    `mixed: exit codes ${mixed.codes.join(', ')}`,
  );
  checks.expect(
    mixed.heard.speakers.length === TALKERS,
    `mixed: ${mixed.heard.speakers.length} speakers heard`,
  );
  checks.expect(mixed.heard.framesLost === 0, `mixed: ${mixed.heard.framesLost} frames lost`);
  correlations.forEach((correlation, index) => {
    checks.expect(
      correlation >= MIXED_CORRELATION_FLOOR,
      `mixed: talker ${index + 1} is not in the mix (correlation ${correlation.toFixed(2)})`,
    );
  });
  rows.push([
    '5 talkers, 1 listener',
    sent,
    mixed.heard.framesReceived,
    mixed.heard.framesLost,
    mixed.heard.framesLate,
    '',
    Math.round(mixed.heard.mouthToEarMs ?? 0),
  ]);

  const crowd = await silentListeners(system, 'crowded');
  const crowded = await single('crowded').finally(() => Promise.all(crowd.map((room) => room.leave())));

  context.table(rows);
  context.say(
    `Each talker's share of the mix (correlation): ${correlations.map((c) => c.toFixed(2)).join(', ')}`,
  );
  return { ...checks.outcome, alone, crowded, correlations, silentListeners: crowd.length };
};

/** Speech from the command line through everything and back into a file. */
export const run: NamedRun = {
  name: 'voice',
  about: 'partyline talk and listen: 30 s of speech, 5 talkers at once, 200 silent listeners.',
  floor: `PESQ ${PESQ_FLOOR}, 0 frames lost`,
  aim: 'PESQ 4.2, 0 frames lost',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-voice-'));
    // Five talkers are heard at once only where that many are selected.
    const env = { PARTYLINE_EDGE_LAST_N: String(TALKERS) };
    try {
      return await withSystem({ env }, (system) => inFolder(context, folder, system));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
