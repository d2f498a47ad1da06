import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { apiPart } from './recording/api.ts';
import { bucketPart } from './recording/bucket.ts';
import { clusterPart } from './recording/cluster.ts';
import { consentPart } from './recording/consent.ts';
import { folderPart } from './recording/folder.ts';
import { killedPart } from './recording/killed.ts';
import type { Part } from './recording/part.ts';

const PARTS: readonly Part[] = [folderPart, killedPart, consentPart, apiPart, clusterPart, bucketPart];

/** The parts that `--part` names, or all. @throws Error naming those that there are */
const chosen = (names: string | undefined): readonly Part[] => {
  if (names === undefined) return PARTS;
  return names.split(',').map((name) => {
    const part = PARTS.find((one) => one.name === name);
    if (part !== undefined) return part;
    throw new Error(`there is no part '${name}'; give some of ${PARTS.map((one) => one.name).join(', ')}`);
  });
};

const runParts = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const figures: Record<string, unknown> = {};
  for (const part of chosen(context.options.get('part'))) {
    context.say(`\n${part.name}: ${part.about}`);
    const startedMs = performance.now();
    const folder = await mkdtemp(join(tmpdir(), `partyline-recording-${part.name}-`));
    try {
      figures[part.name] = await part.run(context, checks, folder);
    } finally {
      if (!context.options.has('keep')) await rm(folder, { recursive: true });
    }
    context.say(`${part.name} took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  return { ...checks.outcome, ...figures };
};

/** A room on record: what comes out is what was said, when it was said, whatever happens to the recorder. */
export const run: NamedRun = {
  name: 'recording',
  about:
    'Recordings of a call: every format, killed recorders (--part NAME for some parts; --keep leaves the files).',
  floor: 'packets byte for byte; 20 ms; PESQ 3.8',
  aim: '3 ms; PESQ 4.2',
  run: runParts,
};
