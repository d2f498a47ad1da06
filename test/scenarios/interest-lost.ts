import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { EDGE_WITH_FAULTS } from '../support/faults/fault-injector.ts';
import { type FirstFrame, firstFrame } from '../support/first-frame.ts';
import { System } from '../support/system.ts';
import { withTwoRegions } from '../support/wan/two-regions.ts';

const ONE_WAY_MS = 80;
const JITTER_MS = 3;
/**
 * From a listener's hello, so that welcome is part of it, to the first frame from another edge. In CI, too, well below the two seconds
 * after which versions are compared: that is not what has to help here.
 */
const MAX_FIRST_FRAME_MS = 400;
const TRIES = 5;

/** Between two edges, with the first announcement that somebody listens arriving or lost; each in a room of its own. */
const tries = async (
  system: System,
  [speakerEdge, listenerEdge]: readonly [string, string],
  loseInterest: boolean,
): Promise<FirstFrame[]> => {
  const all: FirstFrame[] = [];
  for (let i = 0; i < TRIES; i++) {
    const room = `${listenerEdge}-${loseInterest ? 'lost' : 'heard'}-${i}`;
    all.push(await firstFrame(system, { room, speakerEdge, listenerEdge, loseInterest }));
  }
  return all;
};

const measure = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const [near, beside, far] = system.edges as [string, string, string];
  const limit = MAX_FIRST_FRAME_MS * context.timingSlack;
  const rows: (string | number)[][] = [
    [
      'listener',
      'first interest',
      'first frame after hello ms: best',
      'worst',
      'after welcome ms: best',
      'worst',
    ],
  ];
  const figures: Record<string, number> = {};
  for (const [where, edge] of [
    ['in the same region', beside],
    [`${ONE_WAY_MS} ms away`, far],
  ] as const) {
    for (const lost of [false, true]) {
      const all = await tries(system, [near, edge], lost);
      const hello = all.map(({ fromHelloMs }) => fromHelloMs);
      const welcome = all.map(({ fromWelcomeMs }) => fromWelcomeMs);
      const worst = Math.max(...hello);
      const what = lost ? 'lost' : 'arrives';
      const spread = (values: number[]): string[] => [
        Math.min(...values).toFixed(0),
        Math.max(...values).toFixed(0),
      ];
      rows.push([where, what, ...spread(hello), ...spread(welcome)]);
      figures[`${edge} ${what}`] = worst;
      checks.expect(
        worst <= limit,
        `a listener ${where}: the first frame came ${worst.toFixed(0)} ms after hello`,
      );
    }
  }
  context.table(rows);
  return { ...checks.outcome, worstMs: figures };
};

/** Somebody begins to listen on another edge, whose first word about it gets lost. */
export const run: NamedRun = {
  name: 'interest-lost',
  about:
    'The first announcement that somebody listens elsewhere is lost: the first frame comes all the same.',
  floor: 'the first frame within 400 ms',
  aim: 'the first frame within 300 ms',
  run: (context) =>
    withTwoRegions({ edges: [2, 1] }, async ({ cluster, wan, means }) => {
      context.say(`the regions are joined by ${means}`);
      await wan.delay(ONE_WAY_MS, JITTER_MS);
      const system = await System.start({
        shape: 'cluster',
        cluster: { ...cluster, edgeProgram: EDGE_WITH_FAULTS },
      });
      try {
        return { means, ...(await measure(context, system)) };
      } finally {
        await system.stop();
      }
    }),
};
