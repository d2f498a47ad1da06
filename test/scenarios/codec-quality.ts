import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { judgeSpeech } from '../support/judge.ts';
import { partyline } from '../support/program.ts';
import { CASES, type QualityCase } from './codec-quality/cases.ts';
import { type Recordings, recordings } from './codec-quality/recordings.ts';

/** As many as there are processors; nothing here is timed. */
const AT_ONCE = 2;
const TRANSCODE_MS = 120_000;

interface Summary {
  bitrateBps: number;
  packets: number;
  lost: number;
}
interface Judged extends Summary {
  pesq: number;
  delayMs: number;
}

const judge = async (folder: string, spoken: Recordings, words: readonly string[]): Promise<Judged> => {
  const out = join(folder, `${[spoken.mode, ...words].join('_').replaceAll('/', '-')}-${spoken.name}.wav`);
  const program = partyline(['transcode', spoken.path, out, '--json', '--codec', ...words]);
  const code = await program.ends(TRANSCODE_MS);
  if (code !== 0) throw new Error(`partyline transcode --codec ${words.join(' ')}: exit code ${code}`);
  const summary = JSON.parse(program.stdout.at(-1)!) as Summary;
  const { pesq, delayMs } = await judgeSpeech(spoken.path, out, { mode: spoken.mode });
  return { ...summary, pesq, delayMs };
};

const inFolder = async (context: RunContext, folder: string): Promise<RunOutcome> => {
  const checks = new Expectations();
  const spoken = recordings(folder);
  const rows = new Map<QualityCase, (string | number)[]>();
  const one = async (codec: QualityCase): Promise<void> => {
    const [first, second] = spoken.filter(({ mode }) => mode === codec.mode) as [Recordings, Recordings];
    const clean = [await judge(folder, first, codec.words), await judge(folder, second, codec.words)];
    const best = Math.max(...clean.map(({ pesq }) => pesq));
    const { name, floor, lossyFloor, concealmentGain } = codec;
    if (floor !== undefined) checks.expect(best >= floor, `${name}: PESQ ${best} is below ${floor}`);
    for (const { delayMs } of clean) {
      checks.expect(Math.abs(delayMs) < 1, `${name}: what comes out is ${delayMs} ms off`);
    }
    const row = [
      name,
      (clean[0]!.bitrateBps / 1_000).toFixed(1),
      ...clean.map(({ pesq }) => pesq.toFixed(2)),
    ];
    if (concealmentGain !== undefined) {
      const lossy = [...codec.words, '--loss', '5'];
      const concealed = await judge(folder, first, lossy);
      const silent = await judge(folder, first, [...lossy, '--no-conceal']);
      const gain = concealed.pesq - silent.pesq;
      checks.expect(concealed.lost > 0 && concealed.lost === silent.lost, `${name}: nothing was lost`);
      checks.expect(
        gain >= concealmentGain,
        `${name}: with 5 % lost, concealment (${concealed.pesq}) is better than silence (${silent.pesq}) by only ${gain.toFixed(2)}`,
      );
      row.push(silent.pesq.toFixed(2), concealed.pesq.toFixed(2));
      const tenth = await judge(folder, first, [...codec.words, '--loss', '10']);
      if (lossyFloor !== undefined) {
        checks.expect(
          tenth.pesq >= lossyFloor,
          `${name}: PESQ ${tenth.pesq} with 10 % lost is below ${lossyFloor}`,
        );
      }
      row.push(tenth.pesq.toFixed(2));
    }
    rows.set(codec, row);
    context.say(row.join('  '));
  };
  const waiting = [...CASES];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  context.table([
    ['codec', 'kbit/s', 'PESQ', 'PESQ', '5 % silent', '5 % concealed', '10 % concealed'],
    ...CASES.map((codec) => rows.get(codec)!.concat(['', '', '']).slice(0, 7)),
  ]);
  for (const mode of ['nb', 'wb']) {
    const [first, second] = spoken.filter((recording) => recording.mode === mode);
    context.say(`${mode}: first PESQ, and all with losses, of "${first!.name}"; second of "${second!.name}"`);
  }
  return checks.outcome;
};

/** What is heard of each codec, on the speech of two Debian packages. */
export const run: NamedRun = {
  name: 'codec-quality',
  about: 'partyline transcode with every codec: PESQ with nothing lost, and with losses concealed or not.',
  floor: 'PESQ of each codec, and its concealment above silence, as cases.ts has it',
  aim: 'the same',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-codec-quality-'));
    try {
      return await inFolder(context, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
