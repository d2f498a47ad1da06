import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { bookFailures, closedBooks } from '../support/books.ts';
import { Crowd, type CrowdFigures } from '../support/crowd.ts';
import type { RawClient } from '../support/raw-client.ts';
import { syllables } from '../support/synthetic-voice.ts';
import { type System, withSystem } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'stage';
const LISTENERS = 5_000;
const LISTENING_PROCESSES = 2;
const JOINS_AT_ONCE = 24;
const FRAME_MS = 60;
const TALK_MS = 20_000;
const MIN_DELIVERED = 0.999;

/** Everybody joins through the API, spread over the edges. */
const gather = async (context: RunContext, system: System, crowd: Crowd): Promise<void> => {
  let next = 0;
  const dial = async (): Promise<void> => {
    while (next < LISTENERS) {
      const number = next++;
      const { reply, socketUrl } = await system.ticket({
        room: ROOM,
        identity: `listener-${number}`,
        grants: { publish: false },
      });
      await crowd.open({ url: socketUrl, ticket: reply.ticket });
      if (number % 1_000 === 999) context.say(`${number + 1} listeners are in`);
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_ONCE }, dial));
};

/** Whoever speaks is told how many listen, and nobody's name but the own one. */
const toldOf = async (checks: Expectations, speaker: RawClient): Promise<void> => {
  const counted = await holdsWithin(() => speaker.last('participants')?.listeners === LISTENERS, 10_000, 100);
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
};

/** Twenty seconds of voice; returns once every frame was heard or told to be skipped, or too late. */
const talk = async (
  speaker: RawClient,
  crowd: Crowd,
): Promise<{ figures: CrowdFigures; speakerLateMs: number }> => {
  const talkers = new Talkers();
  try {
    const voice = syllables(20);
    talkers.say(speaker, (index) => ({ ...voice(index)!, durationMs: FRAME_MS }), FRAME_MS);
    await forMs(TALK_MS);
    talkers.hush(speaker);
    let figures = await crowd.figures();
    await holdsWithin(
      async () => {
        figures = await crowd.figures();
        return figures.frames + figures.skippedFrames >= speaker.spoken * LISTENERS;
      },
      15_000,
      200,
    );
    return { figures, speakerLateMs: talkers.longestTickMs };
  } finally {
    talkers.stop();
  }
};

const inCall = async (context: RunContext, system: System, crowd: Crowd): Promise<RunOutcome> => {
  const checks = new Expectations();
  const speaker = await system.join({ room: ROOM, identity: 'speaker' });
  await gather(context, system, crowd);
  const { inside } = await crowd.figures();
  checks.expect(inside === LISTENERS, `${inside} of ${LISTENERS} listeners got in`);
  await toldOf(checks, speaker);

  const { figures, speakerLateMs } = await talk(speaker, crowd);
  const { frames: heard, skippedFrames: skipped, pauses, closed, slowestMs } = figures;
  const { spoken } = speaker;
  const expected = spoken * LISTENERS;
  const delivered = heard / expected;
  checks.expect(
    delivered >= MIN_DELIVERED,
    `${(delivered * 100).toFixed(2)} % of ${expected} frames were delivered`,
  );
  checks.expect(
    heard + skipped === expected,
    `${expected - heard - skipped} frames were neither heard nor told to be skipped`,
  );
  checks.expect(closed.length === 0, `${closed.length} listeners were closed: ${closed[0] ?? ''}`);
  context.table([
    [
      'listeners',
      'edges',
      'spoken',
      'delivered',
      'skipped',
      'share',
      'pauses',
      'speaker late by ms',
      'slowest ms',
    ],
    [
      LISTENERS,
      system.edges.length,
      spoken,
      heard,
      skipped,
      delivered.toFixed(5),
      pauses,
      speakerLateMs.toFixed(0),
      slowestMs.toFixed(0),
    ],
  ]);
  await crowd.leave();
  await speaker.leave();
  for (const failure of bookFailures(await closedBooks(system))) checks.expect(false, failure);
  return { ...checks.outcome, spoken, expected, heard, skipped, delivered, pauses, speakerLateMs, slowestMs };
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
      async (system) => {
        const crowd = new Crowd(LISTENING_PROCESSES);
        try {
          return await inCall(context, system, crowd);
        } finally {
          await crowd.stop();
        }
      },
    ),
};
