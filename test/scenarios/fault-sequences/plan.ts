import { SeededRandom } from '../../support/seeded-random.ts';

export const REGIONS = ['eu', 'us'] as const;
const EDGES = ['eu-edge-1', 'eu-edge-2', 'us-edge-1', 'us-edge-2'] as const;

/** Something that breaks, and for how long; each ends by itself. */
export type Fault =
  | { kind: 'kill-edge'; edge: string; downMs: number }
  | { kind: 'freeze-edge'; edge: string; downMs: number }
  | { kind: 'restart-edge'; edge: string }
  | { kind: 'kill-directory'; region: string; downMs: number }
  | { kind: 'freeze-redis'; region: string; downMs: number }
  | { kind: 'kill-redis'; region: string; downMs: number }
  | { kind: 'cut-wire'; downMs: number }
  | { kind: 'slow-wire'; delayMs: number; downMs: number };

/** Something that people do. */
export type Deed =
  | { kind: 'join'; room: string; identity: string; edge: string }
  | { kind: 'join-raw'; room: string; identity: string; edge: string; publish: boolean }
  | { kind: 'leave'; room: string; identity: string }
  | { kind: 'mute'; room: string; identity: string }
  | { kind: 'moderate'; room: string; identity: string; region: string }
  | { kind: 'remove'; room: string; identity: string; region: string };

export interface Step {
  atMs: number;
  does: Fault | Deed;
}

/** Which time of the design the longest fault of a plan outlasts: none, the lease of an edge, or the grace of whoever is cut off. */
export const OUTLASTING = ['nothing', 'lease', 'grace'] as const;
export type Outlasting = (typeof OUTLASTING)[number];

export interface Plan {
  seed: number;
  outlasting: Outlasting;
  rooms: readonly string[];
  /** Who is there before the first fault. */
  first: readonly (Deed & { kind: 'join' | 'join-raw' })[];
  /** In the order of their times. */
  steps: readonly Step[];
}

const ROOMS = 2;
const CALLERS = 3;
/** Faults and deeds begin within this time. */
const SPAN_MS = 12_000;
const FAULTS = { least: 4, most: 6 };
const DEEDS = { least: 5, most: 8 };
/** Of the fault that is made longer, in ms: an edge's lease lasts 5 s, the grace of whoever is cut off 15 s. */
const LONG_MS = { lease: { least: 5_500, most: 8_000 }, grace: { least: 15_500, most: 20_000 } };
/** Another chance than that by which the rest of a plan is drawn. */
const LENGTH_SEED = 0x4c45_4153;

/**
 * What a sequence does follows from its seed and from what one of its faults is to outlast. That draw is apart from the others:
 * with `nothing` a seed has the plan that it had before there was any other.
 */
export const planOf = (seed: number, outlasting: Outlasting = 'nothing'): Plan => {
  const random = new SeededRandom(seed);
  const between = (least: number, most: number): number => least + random.below(most - least + 1);
  const rooms = Array.from({ length: ROOMS }, (_, i) => `seed-${seed}-${i}`);
  const first: (Deed & { kind: 'join' | 'join-raw' })[] = [];
  for (const room of rooms) {
    for (let i = 0; i < CALLERS; i++) {
      first.push({ kind: 'join', room, identity: `caller-${i}`, edge: random.pick(EDGES) });
    }
    first.push({ kind: 'join-raw', room, identity: 'listener', edge: random.pick(EDGES), publish: false });
    first.push({ kind: 'join-raw', room, identity: 'raw', edge: random.pick(EDGES), publish: true });
  }

  const fault = (): Fault => {
    const edge = random.pick(EDGES);
    const region = random.pick(REGIONS);
    const kinds = {
      'kill-edge': () => ({ kind: 'kill-edge', edge, downMs: between(200, 2_000) }),
      'freeze-edge': () => ({ kind: 'freeze-edge', edge, downMs: between(1_000, 4_000) }),
      'restart-edge': () => ({ kind: 'restart-edge', edge }),
      'kill-directory': () => ({ kind: 'kill-directory', region, downMs: between(200, 3_000) }),
      'freeze-redis': () => ({ kind: 'freeze-redis', region, downMs: between(1_000, 6_000) }),
      'kill-redis': () => ({ kind: 'kill-redis', region, downMs: between(1_000, 6_000) }),
      'cut-wire': () => ({ kind: 'cut-wire', downMs: between(1_000, 6_000) }),
      'slow-wire': () => ({ kind: 'slow-wire', delayMs: between(40, 200), downMs: between(2_000, 6_000) }),
    } satisfies { [Kind in Fault['kind']]: () => Fault & { kind: Kind } };
    return kinds[random.pick(Object.keys(kinds) as Fault['kind'][])]();
  };
  // The first caller of a room stays and talks; each of the others has one thing happen to it at most.
  const free = rooms.flatMap((room) =>
    Array.from({ length: CALLERS - 1 }, (_, i) => ({ room, identity: `caller-${i + 1}` })),
  );
  let newcomers = 0;
  const deed = (): Deed => {
    const room = random.pick(rooms);
    const edge = random.pick(EDGES);
    const region = random.pick(REGIONS);
    const kind = random.pick(['join', 'join-raw', 'leave', 'mute', 'moderate', 'remove'] as const);
    const identity = `newcomer-${newcomers}`;
    if (kind === 'join' || kind === 'join-raw' || free.length === 0) {
      newcomers += 1;
      return kind === 'join-raw'
        ? { kind, room, identity, edge, publish: random.below(2) === 0 }
        : { kind: 'join', room, identity, edge };
    }
    const [whom] = free.splice(random.below(free.length), 1);
    return kind === 'leave' || kind === 'mute' ? { kind, ...whom! } : { kind, ...whom!, region };
  };
  const some = <T extends Fault | Deed>({ least, most }: typeof FAULTS, one: () => T): Step[] =>
    Array.from({ length: between(least, most) }, () => ({ atMs: random.below(SPAN_MS), does: one() }));
  const steps = [...some(FAULTS, fault), ...some(DEEDS, deed)].sort((a, b) => a.atMs - b.atMs);
  return { seed, outlasting, rooms, first, steps: lengthened(steps, seed, outlasting) };
};

/** The same steps with one fault that lasts longer; a plan without any fault that lasts gets one more. */
const lengthened = (steps: readonly Step[], seed: number, outlasting: Outlasting): readonly Step[] => {
  if (outlasting === 'nothing') return steps;
  const random = new SeededRandom((seed ^ LENGTH_SEED) >>> 0);
  const { least, most } = LONG_MS[outlasting];
  const downMs = least + random.below(most - least + 1);
  const lasting = steps.filter(({ does }) => 'downMs' in does && does.kind !== 'slow-wire');
  if (lasting.length === 0) return [{ atMs: 0, does: { kind: 'cut-wire', downMs } }, ...steps];
  const chosen = random.pick(lasting);
  return steps.map((step) => (step === chosen ? { ...step, does: { ...step.does, downMs } as Fault } : step));
};

/** A step for people. */
export const sentenceOf = ({ atMs, does }: Step): string => {
  const { kind, ...rest } = does;
  const words = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return `+${(atMs / 1_000).toFixed(1).padStart(4)} s  ${kind.padEnd(14)} ${words.join(', ')}`;
};
