import { CLOSE, encodeMedia } from '@partyline/protocol';
import { RawClient } from '../raw-client.ts';
import { StallingProxy } from '../stalling-proxy.ts';
import { speech, syntheticFrame } from '../synthetic-voice.ts';
import type { System } from '../system.ts';
import { Talkers } from '../talkers.ts';
import { forMs, holdsWithin } from '../wait.ts';
import { type BadInput, closedWith, pair, stillServed } from './case.ts';

const VOICE = { level: 20, active: true };

/** Joins through a proxy that can make both ends vanish for each other. */
const throughProxy = async (
  system: System,
  room: string,
  identity: string,
): Promise<[RawClient, StallingProxy]> => {
  const { reply, socketUrl } = await system.ticket({ room, identity });
  const url = new URL(socketUrl);
  const proxy = await StallingProxy.start(url.hostname, Number(url.port));
  url.host = proxy.authority;
  return [await RawClient.connect(reply, url.href), proxy];
};

/** A connection whose other end has vanished must be found out and announced, with or without voice for it. */
const halfOpen = (name: string, withVoice: boolean, withinMs: number): BadInput => ({
  name,
  expected: `closed by the edge and announced within ${withinMs / 1_000} s`,
  attempt: async (system, room) => {
    const watcher = await system.join({ room, identity: 'watcher' });
    const [vanished, proxy] = await throughProxy(system, room, 'vanished');
    const talkers = new Talkers();
    if (withVoice) talkers.say(watcher, speech(20));
    proxy.stall();
    const stalledAt = performance.now();
    const announced = (): boolean =>
      watcher
        .all('participants')
        .some(
          ({ updated = [], left = [] }) =>
            updated.some(({ streamId, reconnecting }) => streamId === vanished.streamId && reconnecting) ||
            left.includes(vanished.streamId),
        );
    const inTime = await holdsWithin(() => announced() && proxy.endedByTarget, withinMs, 100);
    const seconds = (performance.now() - stalledAt) / 1_000;
    const served = await stillServed(watcher);
    talkers.stop();
    vanished.vanish();
    proxy.stop();
    await watcher.leave();
    if (inTime) return served;
    return `after ${seconds.toFixed(0)} s the edge ${proxy.endedByTarget ? 'had closed it and announced nothing' : 'had not closed it'}`;
  },
});

/** Grants that are missing: what the participant sends goes nowhere, and nobody else is harmed. */
const GRANT_CASES: readonly BadInput[] = [
  {
    name: 'media without the publish grant',
    expected: 'dropped and counted',
    attempt: async (system, room) => {
      const [sender, receiver] = await pair(system, room);
      const mute = await system.join({ room, identity: 'mute', grants: { publish: false } });
      const lost = async (): Promise<number> =>
        (await system.metrics()).sum('partyline_frames_lost_total', { hop: 'uplink', reason: 'no_grant' });
      const before = await lost();
      for (let i = 0; i < 5; i += 1) {
        mute.sendBytes(encodeMedia(mute.nextHeader(), [syntheticFrame(mute.streamId, i, VOICE, Date.now())]));
      }
      await stillServed(mute);
      sender.speak(VOICE);
      await holdsWithin(() => receiver.reception.frames.length > 0, 3_000);
      const heard = receiver.reception.of(mute.streamId).length;
      const counted = (await lost()) - before;
      await Promise.all([sender, receiver, mute].map((client) => client.leave()));
      if (heard > 0) return `${heard} of its frames were heard`;
      return counted >= 5 ? undefined : `${counted} of 5 frames were counted`;
    },
  },
  {
    name: 'listening without the subscribe grant',
    expected: 'hears nothing',
    attempt: async (system, room) => {
      const [sender, receiver] = await pair(system, room);
      const deaf = await system.join({ room, identity: 'deaf', grants: { subscribe: false } });
      deaf.send({ type: 'subscribe', streamId: sender.streamId, mode: 'always' });
      await stillServed(deaf);
      for (let i = 0; i < 10; i += 1) sender.speak(VOICE);
      await holdsWithin(() => receiver.reception.frames.length === 10, 3_000);
      await forMs(200);
      const heard = deaf.reception.frames.length;
      await Promise.all([sender, receiver, deaf].map((client) => client.leave()));
      return heard === 0 ? undefined : `it heard ${heard} frames`;
    },
  },
  {
    name: 'a direct message without the direct grant',
    expected: 'answered by an error, not delivered',
    attempt: async (system, room) => {
      const [sender, receiver] = await pair(system, room);
      const plain = await system.join({ room, identity: 'plain', grants: { direct: false } });
      plain.send({ type: 'data', id: 7, text: 'psst', to: ['receiver'] });
      const error = await plain.waitFor('error', undefined, 3_000);
      const delivered = receiver.all('data').length;
      await Promise.all([sender, receiver, plain].map((client) => client.leave()));
      if (delivered > 0) return 'it was delivered';
      return error === undefined ? 'no error was sent' : undefined;
    },
  },
];

/** Everything that can be wrong with who somebody is, what they may do, and whether they are still there. */
export const SESSION_CASES: readonly BadInput[] = [
  halfOpen('half-open socket in a silent room', false, 28_000),
  halfOpen('half-open socket while somebody talks', true, 14_000),
  ...GRANT_CASES,
  {
    name: 'the same identity with another resume id',
    expected: `the older one told and closed with ${CLOSE.replaced}`,
    attempt: async (system, room) => {
      const older = await system.join({ room, identity: 'twice' });
      const newer = await system.join({ room, identity: 'twice' });
      const trouble = (await closedWith(older, CLOSE.replaced)) ?? (await stillServed(newer));
      await newer.leave();
      if (trouble !== undefined) return trouble;
      if (older.reply?.resumeId === newer.reply?.resumeId) return 'both were given the same resume id';
      return older.last('error')?.fatal === true ? undefined : 'the older one was not told why';
    },
  },
  {
    name: 'the same session again (next generation)',
    expected: `the older connection closed with ${CLOSE.superseded}`,
    attempt: async (system, room) => {
      const older = await system.join({ room, identity: 'again' });
      const resumeId = older.reply!.resumeId;
      const newer = await system.join({ room, identity: 'again', resumeId });
      const trouble = (await closedWith(older, CLOSE.superseded)) ?? (await stillServed(newer));
      await newer.leave();
      return trouble ?? (newer.streamId === older.streamId ? undefined : 'it has another stream id now');
    },
  },
];
