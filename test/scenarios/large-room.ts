import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { bookFailures, closedBooks } from '../support/books.ts';
import { CrowdListener } from '../support/crowd-listener.ts';
import { syllables } from '../support/synthetic-voice.ts';
import { type System, withSystem } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'stage';
const LISTENERS = 5_000;
const JOINS_AT_ONCE = 24;
const FRAME_MS = 60;
const TALK_MS = 20_000;
const MIN_DELIVERED = 0.999;
/** Seldomer than an SDK would: this process acknowledges for five thousand. */
const ACK_MS = 300;
const ACK_SLICES = 20;

/** Everybody joins through the API, spread over the edges. */
const gather = async (context: RunContext, system: System, listeners: CrowdListener[]): Promise<void> => {
  let next = 0;
  const dial = async (): Promise<void> => {
    while (next < LISTENERS) {
      const number = next++;
      const { reply, socketUrl } = await system.ticket({
        room: ROOM,
        identity: `listener-${number}`,
        grants: { publish: false },
      });
      listeners.push(await CrowdListener.open(socketUrl, reply.ticket));
      if (number % 1_000 === 999) context.say(`${number + 1} listeners are in`);
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_ONCE }, dial));
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const listeners: CrowdListener[] = [];
  let slice = 0;
  const acks = setInterval(() => {
    for (let i = slice; i < listeners.length; i += ACK_SLICES) listeners[i]!.acknowledge();
    slice = (slice + 1) % ACK_SLICES;
  }, ACK_MS / ACK_SLICES);
  try {
    const speaker = await system.join({ room: ROOM, identity: 'speaker' });
    await gather(context, system, listeners);
    const inside = listeners.filter(({ ready, closed }) => ready && closed === undefined).length;
    checks.expect(inside === LISTENERS, `${inside} of ${LISTENERS} listeners got in`);
    const counted = await holdsWithin(
      () => speaker.last('participants')?.listeners === LISTENERS,
      10_000,
      100,
    );
    checks.expect(
      counted,
      `the speaker was told of ${speaker.last('participants')?.listeners} listeners, not ${LISTENERS}`,
    );
    checks.expect(
      speaker
        .all('participants')
        .every(({ joined = [] }) => joined.every(({ identity }) => identity === 'speaker')),
      'a listener was announced by name',
    );

    const before = listeners.reduce((sum, { frames }) => sum + frames, 0);
    const voice = syllables(20);
    talkers.say(speaker, (index) => ({ ...voice(index)!, durationMs: FRAME_MS }), FRAME_MS);
    await forMs(TALK_MS);
    talkers.hush(speaker);
    const expected = speaker.spoken * LISTENERS;
    const heard = (): number => listeners.reduce((sum, { frames }) => sum + frames, 0) - before;
    const skipped = (): number => listeners.reduce((sum, listener) => sum + listener.skippedFrames, 0);
    await holdsWithin(() => heard() + skipped() >= expected, 15_000, 100);
    const delivered = heard() / expected;
    checks.expect(
      delivered >= MIN_DELIVERED,
      `${(delivered * 100).toFixed(2)} % of ${expected} frames were delivered`,
    );
    checks.expect(
      heard() + skipped() === expected,
      `${expected - heard() - skipped()} frames were neither heard nor told to be skipped`,
    );
    const closed = listeners.filter((listener) => listener.closed !== undefined);
    checks.expect(closed.length === 0, `${closed.length} listeners were closed: ${closed[0]?.closed ?? ''}`);
    context.table([
      ['listeners', 'edges', 'spoken', 'delivered', 'skipped', 'share', 'this process late by ms'],
      [
        LISTENERS,
        system.edges.length,
        speaker.spoken,
        heard(),
        skipped(),
        delivered.toFixed(5),
        talkers.longestTickMs.toFixed(0),
      ],
    ]);
    const figures = { spoken: speaker.spoken, expected, heard: heard(), skipped: skipped(), delivered };
    for (const listener of listeners) listener.leave();
    await speaker.leave();
    for (const failure of bookFailures(await closedBooks(system))) checks.expect(false, failure);
    return { ...checks.outcome, ...figures, longestTickMs: talkers.longestTickMs };
  } finally {
    clearInterval(acks);
    talkers.stop();
    for (const listener of listeners) listener.leave();
  }
};

/** A stage: one speaks, five thousand listen. */
export const run: NamedRun = {
  name: 'large-room',
  about: 'One speaker, 5,000 listeners over four edges, 60 ms frames, 20 s: delivered or counted.',
  floor: '99.9 % delivered, the rest counted',
  aim: '100 % delivered',
  run: (context) =>
    withSystem(
      {
        shape: 'cluster',
        env: {
          PARTYLINE_ROOM_MAX_PARTICIPANTS: '20000',
          PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS: '1000000',
        },
      },
      (system) => inCall(context, system),
    ),
};
