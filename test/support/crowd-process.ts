import { answerCalls } from '@partyline/loadtest/child-calls';
import type { CrowdFigures, Seat } from './crowd.ts';
import { ACK_MS, CrowdListener } from './crowd-listener.ts';

/** A process that holds a part of a crowd and does as it is told: see {@link Crowd}. */
const listeners: CrowdListener[] = [];
// What came last: the others are acknowledged as they are read.
setInterval(() => {
  const nowMs = performance.now();
  for (const listener of listeners) listener.acknowledgeWhenDue(nowMs);
}, ACK_MS / 2);

const sum = (of: (listener: CrowdListener) => number): number =>
  listeners.reduce((total, listener) => total + of(listener), 0);

answerCalls({
  open: async ({ url, ticket }: Seat): Promise<void> => {
    listeners.push(await CrowdListener.open(url, ticket));
  },
  figures: (): CrowdFigures => ({
    inside: sum(({ ready, closed }) => (ready && closed === undefined ? 1 : 0)),
    frames: sum(({ frames }) => frames),
    skippedFrames: sum(({ skippedFrames }) => skippedFrames),
    pauses: sum(({ pauses }) => pauses),
    closed: listeners.flatMap(({ closed }) => closed ?? []),
    slowestMs: listeners.reduce((slowest, listener) => Math.max(slowest, listener.slowestMs), 0),
  }),
  leave: (): void => {
    for (const listener of listeners) listener.leave();
  },
});
