import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { downlink } from './bad-network/downlink.ts';
import { frozen } from './bad-network/frozen.ts';
import type { Part } from './bad-network/part.ts';
import { quality } from './bad-network/quality.ts';
import { uplink } from './bad-network/uplink.ts';

const PARTS: readonly Part[] = [downlink, quality, uplink, frozen];

/** The parts that `--part` names, or all. @throws Error naming those that there are */
const chosen = (name: string | undefined): readonly Part[] => {
  if (name === undefined) return PARTS;
  const part = PARTS.find((one) => one.name === name);
  if (part !== undefined) return [part];
  throw new Error(`there is no part '${name}'; give one of ${PARTS.map((one) => one.name).join(', ')}`);
};

const runParts = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const figures: Record<string, unknown> = {};
  for (const part of chosen(context.options.get('part'))) {
    context.say(`\n${part.name}: ${part.about}`);
    const startedMs = Date.now();
    figures[part.name] = await part.run(context, checks);
    context.say(`${part.name} took ${((Date.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  return { ...checks.outcome, ...figures };
};

/** What is left of a voice when the network is bad: by seeds, in simulated time where that can be. */
export const run: NamedRun = {
  name: 'bad-network',
  about: 'Voice over bad networks: late frames, lost frames (--part NAME for one part; --full is longer).',
  floor: 'jitter of 120 ms and a stall: < 80 ms held, < 1 % missing; 5 % lost: 0.5 PESQ above silence',
  aim: '0.8 PESQ above silence',
  run: runParts,
};
