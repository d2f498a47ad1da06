import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testVoice } from '@partyline/audio';
import { resample } from '@partyline/audio/node';
import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { likeness } from '../codecs/codec-under-test.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { abuse } from './codec-bad-input/abuse.ts';
import { openSubject, packetsOf, type Subject, subjects } from './codec-bad-input/subject.ts';

const DEFAULT_SEED = 20_261_129;
const VOICE_RATE = 48000;
const VOICE_SECONDS = 2;
/** Of one call, on a machine that does other things, too; a frame is 20 ms, and a hang is no end at all. */
const MAX_CALL_MS = 1_000;
/** What is held after a decoder's turn beyond what was before it, garbage collected. */
const MAX_GROWTH_MIB = 8;
const MAX_PCM_SECONDS = 0.12;
/** How much worse than a decoder that had no such past one may hear afterwards. */
const MAX_WORSE = 0.05;

/** Memory that is held, in MiB: the heap, and buffers, among them those of WebAssembly. */
const heldMib = (): number => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
};

const attempt = async (
  subject: Subject,
  random: SeededRandom,
  durationMs: number,
  checks: Expectations,
): Promise<(string | number)[]> => {
  const { label } = subject;
  const voiceAt = (rate: number) => resample(testVoice(VOICE_SECONDS), VOICE_RATE, rate);
  const material = await packetsOf(subject, voiceAt);
  const { decoder, output } = await openSubject(subject);
  await abuse(decoder, material, random, 200);
  const beforeMib = heldMib();
  const result = await abuse(decoder, material, random, durationMs);
  const growthMib = heldMib() - beforeMib;
  const corrupt = output.errors.get('corrupt_packet') ?? 0;
  checks.expect(result.thrown.length === 0, `${label} threw ${result.thrown.join('; ')}`);
  checks.expect(result.slowestMs < MAX_CALL_MS, `${label}: a call took ${result.slowestMs.toFixed(0)} ms`);
  checks.expect(growthMib < MAX_GROWTH_MIB, `${label}: ${growthMib.toFixed(1)} MiB more are held`);
  checks.expect(
    corrupt === decoder.corruptPackets && corrupt > 0 && output.errors.size === 1,
    `${label}: ${decoder.corruptPackets} packets counted as corrupt, told of ${JSON.stringify([...output.errors])}`,
  );
  checks.expect(output.peak <= 1, `${label}: a sample of ${output.peak} came out; 1 is full scale`);
  const longest = output.longest / decoder.sampleRate;
  checks.expect(longest <= MAX_PCM_SECONDS, `${label}: a packet became ${longest.toFixed(3)} s of sound`);

  const fresh = await openSubject(subject);
  const voice = await voiceAt(decoder.sampleRate);
  const play = (one: typeof fresh) => {
    const decodeAll = () => material.packets.forEach((packet, tag) => void one.decoder.decode(packet, tag));
    // What was damaged dies away in a decoder's filters, within seconds in Opus: it is the second time that counts.
    decodeAll();
    return one.output.kept(decodeAll);
  };
  const afterwards = likeness(voice, await play({ decoder, output }), decoder.sampleRate);
  const undisturbed = likeness(voice, await play(fresh), decoder.sampleRate);
  checks.expect(
    afterwards > undisturbed - MAX_WORSE,
    `${label}: a voice afterwards has a likeness of ${afterwards.toFixed(2)}, without such a past ${undisturbed.toFixed(2)}`,
  );
  for (const one of [decoder, fresh.decoder]) one.close();
  return [
    label,
    result.payloads,
    corrupt,
    output.packets,
    output.peak.toFixed(2),
    result.slowestMs.toFixed(1),
    growthMib.toFixed(2),
    `${afterwards.toFixed(2)} / ${undisturbed.toFixed(2)}`,
  ];
};

const abuseAll = async (context: RunContext): Promise<RunOutcome> => {
  registerCodec(g729);
  const checks = new Expectations();
  const seed = Number(context.options.get('seed') ?? DEFAULT_SEED);
  const seconds = Number(context.options.get('seconds') ?? 10);
  const random = new SeededRandom(seed);
  const rows: (string | number)[][] = [
    [
      'decoder',
      'payloads',
      'corrupt',
      'decoded',
      'slowest ms',
      'held MiB more',
      'voice afterwards / otherwise',
    ],
  ];
  const only = context.options.get('only');
  const chosen = subjects.filter(({ label }) => only === undefined || label.includes(only));
  for (const subject of chosen) rows.push(await attempt(subject, random, seconds * 1000, checks));
  context.table(rows);
  return { ...checks.outcome, seed, rows: rows.slice(1) };
};

/** Decoders under fire. */
export const run: NamedRun = {
  name: 'codec-bad-input',
  about:
    'Random, cut off and damaged payloads to every decoder for 10 s each (--only TEXT, --seconds S, --seed N).',
  floor: 'an error or sound for each; no exception, hang or growth; a voice is heard afterwards',
  aim: 'the same',
  run: abuseAll,
};
