import { FaultInjector } from './faults/fault-injector.ts';
import { nowMs, RawClient } from './raw-client.ts';
import type { Voice } from './synthetic-voice.ts';
import type { System } from './system.ts';
import { Talkers } from './talkers.ts';
import { holdsWithin } from './wait.ts';

const PATIENCE_MS = 10_000;

/** Whenever the way is there, there is something to be heard. */
const noPause: Voice = (index) => ({ level: 20 + (index % 8) * 3, active: true });

export interface FirstFrameOptions {
  room: string;
  /** Where somebody has been speaking for a while; and where the listener comes, the first one there. */
  speakerEdge: string;
  listenerEdge: string;
  /** Whether the listener's edge says in vain, the first time, that somebody listens there. */
  loseInterest: boolean;
}

export interface FirstFrame {
  /** From a listener's hello to the first frame from another edge, in ms. */
  fromHelloMs: number;
  /** The same from when the edge let the listener in. */
  fromWelcomeMs: number;
}

/**
 * Lets somebody speak on one edge and somebody listen on another. Edges must have fault injectors.
 * @throws Error when nothing was heard, or nothing was lost that should have been
 */
export const firstFrame = async (system: System, options: FirstFrameOptions): Promise<FirstFrame> => {
  const { room, speakerEdge, listenerEdge, loseInterest } = options;
  const injector = await FaultInjector.of(system.cluster.edge(listenerEdge).member);
  const talkers = new Talkers();
  const speaker = await system.join({ room, identity: 'speaker', edge: speakerEdge });
  talkers.say(speaker, noPause);
  const participant = { room, identity: 'listener', edge: listenerEdge, grants: { publish: false } };
  const { reply, socketUrl } = await system.ticket(participant);
  const listener = await RawClient.open(socketUrl);
  listener.reply = reply;
  const { greetings: before } = await injector.set({ greetings: { room, times: loseInterest ? 1 : 0 } });
  const saidAtMs = nowMs();
  listener.hello(reply.ticket);
  await holdsWithin(() => listener.last('welcome') !== undefined, PATIENCE_MS, 1);
  const welcomedAtMs = nowMs();
  const heard = await holdsWithin(() => listener.reception.frames.length > 0, PATIENCE_MS, 1);
  const { greetings } = await injector.set({ greetings: { room, times: 0 } });
  talkers.stop();
  await Promise.all([speaker.leave(), listener.leave()]);
  if (!heard) throw new Error(`${room}: nothing was heard within ${PATIENCE_MS} ms`);
  const lost = greetings - before;
  if (lost !== (loseInterest ? 1 : 0))
    throw new Error(`${room}: ${lost} announcements of interest were lost`);
  const { arrivedAtMs } = listener.reception.frames[0]!;
  return { fromHelloMs: arrivedAtMs - saidAtMs, fromWelcomeMs: arrivedAtMs - welcomedAtMs };
};
