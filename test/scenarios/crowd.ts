import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { expectAllHeard, untilHeard } from '../support/hearing.ts';
import type { RawClient } from '../support/raw-client.ts';
import { percentile } from '../support/reception.ts';
import { speech } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'crowd';
const LISTENERS = 200;
/** Joins under way at once: as when a lecture begins, and not as an attack. */
const JOINS_AT_ONCE = 8;

const joinCrowd = async (system: System): Promise<RawClient[]> => {
  const listeners: RawClient[] = [];
  for (let first = 0; first < LISTENERS; first += JOINS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(JOINS_AT_ONCE, LISTENERS - first) }, (_, index) =>
      system.join({ room: ROOM, identity: `listener-${first + index}`, grants: { publish: false } }),
    );
    listeners.push(...(await Promise.all(batch)));
  }
  return listeners;
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const speaker = await system.join({ room: ROOM, identity: 'speaker' });
  const listeners = await joinCrowd(system);
  context.say(`${listeners.length} listeners are in the room`);
  const everybodyCounted = await holdsWithin(
    () => speaker.last('participants')?.listeners === LISTENERS,
    5_000,
  );
  checks.expect(everybodyCounted, `the speaker is not told of ${LISTENERS} listeners as a count`);

  talkers.say(speaker, speech(20));
  await forMs(context.full ? 60_000 : 10_000);
  talkers.hush(speaker);
  const spoken = speaker.spoken;
  await untilHeard(listeners, () => spoken);
  talkers.stop();

  for (const listener of listeners) expectAllHeard(checks, listener, spoken, talkers);
  const lost = listeners.reduce((total, { reception }) => total + spoken - reception.frames.length, 0);
  const everybody = [speaker, ...listeners];
  const announced = everybody.flatMap((client) => [
    ...client.all('welcome').flatMap((welcome) => welcome.participants),
    ...client.all('participants').flatMap(({ joined = [], updated = [] }) => [...joined, ...updated]),
  ]);
  checks.expect(
    announced.every((participant) => participant.identity === 'speaker'),
    'somebody who only listens was announced by name',
  );
  const knows = ({ messages }: RawClient): boolean =>
    // Somebody on another edge may be told of a moment after the welcome.
    messages.some(
      (message) =>
        (message.type === 'welcome' && message.participants.some(({ identity }) => identity === 'speaker')) ||
        (message.type === 'participants' && message.joined?.some(({ identity }) => identity === 'speaker')),
    );
  checks.expect(listeners.every(knows), 'a listener was not told who speaks');

  await Promise.all(listeners.map((listener) => listener.leave()));
  const emptied = await holdsWithin(() => speaker.last('participants')?.listeners === 0, 5_000);
  checks.expect(
    emptied,
    `the count of listeners is ${speaker.last('participants')?.listeners} after all have left`,
  );
  await speaker.leave();

  const delays = listeners.flatMap((listener) => listener.reception.frames.map((frame) => frame.delayMs));
  const delayMs = { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
  context.table([
    ['listeners', 'frames spoken', 'frames lost', 'delay p50 ms', 'delay p99 ms', 'machine late by ms'],
    [
      listeners.length,
      spoken,
      lost,
      delayMs.p50.toFixed(1),
      delayMs.p99.toFixed(1),
      talkers.longestTickMs.toFixed(0),
    ],
  ]);
  return {
    ...checks.outcome,
    listeners: listeners.length,
    spoken,
    lost,
    delayMs,
    longestTickMs: talkers.longestTickMs,
  };
};

/** One speaker and two hundred who only listen. */
export const run = systemScenario({
  name: 'crowd',
  about: 'One speaker, 200 silent listeners: no frame lost, and the crowd announced as a count.',
  floor: '0 frames lost',
  aim: '0 frames lost',
  system: {},
  inCall,
});
