import type { HopWish } from '../../support/faults/hop-fault.ts';
import type { Call } from './call.ts';

/** A hop of the call, and how its frames are delayed or lost. */
export interface Step {
  /** For people. */
  hop: string;
  /** Means of `partyline_hop_latency_seconds` that a delay there moves: `edge hop` or `edge hop side`. */
  moves: readonly string[];
  /** Tells the injectors; what they lost since the last such wish to lose something, by `edge hop reason`. */
  wish(call: Call, wish: HopWish): Promise<void>;
  lost?(call: Call): Promise<Map<string, number>>;
}

/** Where each injector sits, on a call between these two edges. */
export const stepsOf = (near: string, far: string): { steps: Step[]; wholeLines: Step[] } => {
  const ears = [`${near} mouth_to_ear`, `${far} mouth_to_ear`];
  const steps: Step[] = [
    {
      hop: 'capture',
      moves: [`${near} capture`, ...ears],
      wish: async ({ capture, socket }, { delayMs, dropEvery }) => {
        if (delayMs !== undefined) capture.wish({ delayMs });
        if (dropEvery !== undefined) socket.dropEvery = dropEvery;
      },
      lost: async ({ socket }) => new Map([[`${near} capture deadline`, socket.droppedFrames]]),
    },
    {
      hop: 'uplink',
      moves: [`${near} uplink`, ...ears],
      wish: async ({ line }, wish) => line.up.wish(wish),
      lost: async ({ line }) => new Map([[`${near} uplink gap`, line.up.injected.droppedFrames]]),
    },
    {
      hop: 'edge ingress',
      moves: [`${near} edge ingress`, `${near} mouth_to_ear`],
      wish: async ({ nearEdge }, fanOut) => void (await nearEdge.set({ fanOut })),
      lost: async ({ nearEdge }) => {
        const { fanOut } = await nearEdge.injected();
        return new Map([[`${near} edge unaccounted`, fanOut.droppedFrames]]);
      },
    },
    {
      hop: 'bus',
      moves: [`${far} bus`, `${far} mouth_to_ear`],
      wish: async ({ nearEdge }, bus) => void (await nearEdge.set({ bus })),
      lost: async ({ nearEdge }) => {
        const { bus } = await nearEdge.injected();
        return new Map([[`${far} bus lost`, bus.droppedFrames]]);
      },
    },
    {
      hop: 'edge egress',
      moves: [`${far} edge egress`, `${far} mouth_to_ear`],
      wish: async ({ farEdge }, fanOut) => void (await farEdge.set({ fanOut })),
      lost: async ({ farEdge }) => {
        const { fanOut } = await farEdge.injected();
        return new Map([[`${far} edge unaccounted`, fanOut.droppedFrames]]);
      },
    },
    {
      hop: 'downlink',
      moves: [`${near} downlink`, `${far} downlink`, ...ears],
      wish: async ({ listeners }, wish) => {
        for (const { line } of listeners) line.down.wish(wish);
      },
      lost: async ({ listeners }) =>
        new Map(
          listeners.map(({ edge, line }) => [`${edge} downlink gap`, line.down.injected.droppedFrames]),
        ),
    },
    {
      hop: 'playout',
      moves: [`${near} playout`, `${far} playout`, ...ears],
      wish: async ({ listeners }, wish) => {
        for (const { playout } of listeners) playout.wish(wish);
      },
      lost: async ({ listeners }) =>
        new Map(
          listeners.map(({ edge, playout }) => [`${edge} playout late`, playout.injected.droppedFrames]),
        ),
    },
  ];
  const [uplink, downlink] = [steps[1]!, steps[5]!];
  const wholeLines: Step[] = [
    {
      ...uplink,
      hop: 'uplink, pings too',
      wish: (call, wish) => {
        call.line.whole = (wish.delayMs ?? 0) > 0;
        return uplink.wish(call, wish);
      },
    },
    {
      ...downlink,
      hop: 'downlink, pongs too',
      wish: (call, wish) => {
        for (const { line } of call.listeners) line.whole = (wish.delayMs ?? 0) > 0;
        return downlink.wish(call, wish);
      },
    },
  ];
  return { steps, wholeLines };
};
