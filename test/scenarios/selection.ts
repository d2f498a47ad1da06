import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { FLAG_PRE_ROLL, FLAG_SELECTION_START } from '@partyline/protocol';
import { select } from '../support/moderation.ts';
import { nowMs, type RawClient } from '../support/raw-client.ts';
import { percentile } from '../support/reception.ts';
import { shout, silence, speech, syllables, type Voice } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const LAST_N = 3;
/** −dBov; neighbours among the first four are 6 dB apart, twice the margin under which nobody is ousted. */
const LEVELS = [12, 18, 24, 30, 33, 36, 39, 42, 45, 48];
const PROMOTION_FLOOR_MS = 100;
const PRE_ROLL_FRAMES = 3;
const SETTLED_MS = 1_500;
/** A selected stream of which an edge hears nothing for this long is the first to make room for another. */
const MAKES_ROOM_AFTER_MS = 100;
/** From the end of such a pause: the other one's time to be beaten again, and to hang over. */
const AFTERMATH_MS = 1_000;

interface Room {
  name: string;
  speakers: RawClient[];
  listeners: RawClient[];
}

const fill = async (system: System, name: string, speakers: number, listeners: number): Promise<Room> => {
  const join = (identity: string, publish: boolean): Promise<RawClient> =>
    system.join({ room: name, identity, grants: { publish } });
  return {
    name,
    speakers: await Promise.all(Array.from({ length: speakers }, (_, i) => join(`speaker-${i}`, true))),
    listeners: await Promise.all(Array.from({ length: listeners }, (_, i) => join(`listener-${i}`, false))),
  };
};

/** The streams that a client heard in the span of time, its own left out, as indices of the room's speakers. */
const heardBy = (client: RawClient, room: Room, fromMs: number, toMs: number): number[] =>
  [...client.reception.countsBetween(fromMs, toMs).keys()]
    .filter((streamId) => streamId !== client.streamId)
    .map((streamId) => room.speakers.findIndex((speaker) => speaker.streamId === streamId))
    .sort((a, b) => a - b);

/**
 * Whether a stream was let in because the machine stood still: then one of those who should be heard paused right
 * before, as heard here, and made room as it should.
 */
const cameInAPause = (
  client: RawClient,
  streamId: number,
  expected: readonly RawClient[],
  fromMs: number,
): boolean => {
  const firstAtMs = client.reception
    .of(streamId)
    .find(({ arrivedAtMs }) => arrivedAtMs >= fromMs)!.arrivedAtMs;
  return expected.some((speaker) => {
    const arrivals = client.reception.of(speaker.streamId).map(({ arrivedAtMs }) => arrivedAtMs);
    return arrivals.some(
      (atMs, index) =>
        index > 0 &&
        atMs - arrivals[index - 1]! > MAKES_ROOM_AFTER_MS &&
        firstAtMs > arrivals[index - 1]! &&
        firstAtMs < atMs + AFTERMATH_MS,
    );
  });
};

const leave = async ({ speakers, listeners }: Room, talkers: Talkers): Promise<void> => {
  talkers.hush(...speakers);
  await Promise.all([...speakers, ...listeners].map((client) => client.leave()));
};

const show = (indices: readonly number[]): string => `{${indices.join(', ')}}`;

/** Ten people talk at once; who hears whom? */
const loudest = async (
  system: System,
  checks: Expectations,
  talkers: Talkers,
  full: boolean,
): Promise<Room> => {
  const room = await fill(system, 'ten-speakers', LEVELS.length, 4);
  for (const [index, speaker] of room.speakers.entries()) talkers.say(speaker, syllables(LEVELS[index]!));
  const [plain, refusing, asking, second] = room.listeners as [RawClient, RawClient, RawClient, RawClient];
  refusing.send({ type: 'subscribe', streamId: room.speakers[0]!.streamId, mode: 'never' });
  asking.send({ type: 'subscribe', streamId: room.speakers[7]!.streamId, mode: 'always' });
  await forMs(SETTLED_MS);
  const fromMs = nowMs();
  await forMs(full ? 6_000 : 3_000);
  const toMs = nowMs();

  const expectHeard = (who: string, client: RawClient, expected: readonly number[]): void => {
    const wanted = room.speakers.slice(0, LAST_N);
    const heard = heardBy(client, room, fromMs, toMs).filter(
      (index) =>
        expected.includes(index) || !cameInAPause(client, room.speakers[index]!.streamId, wanted, fromMs),
    );
    checks.expect(show(heard) === show(expected), `${who} heard ${show(heard)}, not ${show(expected)}`);
  };
  for (const listener of [plain, second]) expectHeard('a listener', listener, [0, 1, 2]);
  for (const index of [0, 1, 2]) {
    const others = [0, 1, 2].filter((other) => other !== index);
    expectHeard(`selected speaker ${index}`, room.speakers[index]!, others);
  }
  expectHeard('a speaker who is not selected', room.speakers[9]!, [0, 1, 2]);
  expectHeard('who unsubscribed from the loudest', refusing, [1, 2]);
  expectHeard('who subscribed to the eighth', asking, [0, 1, 2, 7]);
  const expectedFrames = (toMs - fromMs) / 20;
  const counts = plain.reception.countsBetween(fromMs, toMs);
  for (const index of [0, 1, 2]) {
    const frames = counts.get(room.speakers[index]!.streamId) ?? 0;
    checks.expect(
      Math.abs(frames - expectedFrames) <= 5,
      `of selected stream ${index} ${frames} frames arrived instead of ${Math.round(expectedFrames)}`,
    );
  }
  return room;
};

/** Somebody with an open microphone suddenly talks louder than all. Returns the time to the first frame heard. */
const promotion = async (room: Room, checks: Expectations, talkers: Talkers): Promise<number> => {
  const speaker = room.speakers[9]!;
  const listener = room.listeners[0]!;
  talkers.say(speaker, silence);
  await forMs(500);
  const firstVoice = speaker.spoken;
  const beganAtMs = nowMs();
  talkers.say(speaker, syllables(6));
  const heard = (): ReturnType<typeof listener.reception.of> =>
    listener.reception.of(speaker.streamId).filter((frame) => frame.arrivedAtMs >= beganAtMs);
  await holdsWithin(() => heard().length >= 40, 3_000);
  const frames = heard();
  const first = frames.find((frame) => frame.sequence === firstVoice);
  checks.expect(
    first !== undefined,
    'the first frame of a new talker was not heard: a first syllable is lost',
  );
  const preRoll = frames.filter((frame) => (frame.flags & FLAG_PRE_ROLL) !== 0);
  checks.expect(
    preRoll.length === PRE_ROLL_FRAMES,
    `a new talker came with ${preRoll.length} frames flagged pre-roll, not ${PRE_ROLL_FRAMES}`,
  );
  const start = frames.findIndex((frame) => (frame.flags & FLAG_SELECTION_START) !== 0);
  checks.expect(start >= 0 && start <= PRE_ROLL_FRAMES, 'no frame says that the new talker was selected');
  checks.expect(
    frames.every((frame, index) => frame.sequence === frames[0]!.sequence + index),
    "the new talker's frames have a hole, or came out of order",
  );
  const waitedMs = first === undefined ? Number.POSITIVE_INFINITY : first.delayMs;
  return waitedMs;
};

/** Promotions again and again, so that the time is no lucky one. */
const promotions = async (
  room: Room,
  checks: Expectations,
  talkers: Talkers,
  context: RunContext,
): Promise<number[]> => {
  const times: number[] = [];
  for (let turn = 0; turn < (context.full ? 20 : 4); turn += 1) {
    times.push(await promotion(room, checks, talkers));
    talkers.say(room.speakers[9]!, silence);
    await forMs(600);
  }
  const boundMs = PROMOTION_FLOOR_MS * (context.ci ? 3 : 1);
  const worstMs = Math.max(...times);
  checks.expect(
    worstMs <= boundMs,
    `a new talker was heard after ${worstMs.toFixed(0)} ms, more than ${boundMs}`,
  );
  return times;
};

/** A client claims the loudest level without end; three honest people begin to talk 11 s later. */
const shouting = async (system: System, checks: Expectations, talkers: Talkers): Promise<void> => {
  const room = await fill(system, 'shouter', 1 + LAST_N, 1);
  const [shouter, ...honest] = room.speakers as [RawClient, ...RawClient[]];
  talkers.say(shouter, shout);
  await forMs(11_000);
  for (const [index, speaker] of honest.entries()) talkers.say(speaker, speech(20 + 3 * index));
  await forMs(SETTLED_MS);
  const fromMs = nowMs();
  await forMs(4_000);
  const heard = heardBy(room.listeners[0]!, room, fromMs, nowMs());
  await leave(room, talkers);
  checks.expect(
    show(heard) === show([1, 2, 3]),
    `beside one who claims full level for ever, ${show(heard)} were heard and not the three who talk, {1, 2, 3}`,
  );
};

/** A moderator pins the quietest and excludes the loudest. */
const moderated = async (system: System, checks: Expectations, talkers: Talkers): Promise<void> => {
  const room = await fill(system, 'priority', 5, 1);
  const voices: Voice[] = [12, 18, 24, 30, 48].map(syllables);
  for (const [index, speaker] of room.speakers.entries()) talkers.say(speaker, voices[index]!);
  await forMs(1_000);
  for (const [identity, mode] of [
    ['speaker-4', 'pinned'],
    ['speaker-0', 'excluded'],
  ] as const) {
    const answer = await select(system.admin, room.name, identity, mode);
    checks.expect(answer.status === 200, `making ${identity} ${mode} is answered by ${answer.status}`);
  }
  await forMs(SETTLED_MS);
  const fromMs = nowMs();
  await forMs(3_000);
  const heard = heardBy(room.listeners[0]!, room, fromMs, nowMs());
  await leave(room, talkers);
  checks.expect(
    show(heard) === show([1, 2, 4]),
    `with the quietest pinned and the loudest excluded, ${show(heard)} were heard, not {1, 2, 4}`,
  );
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const [promotedMs] = await Promise.all([
    loudest(system, checks, talkers, context.full).then(async (room) => {
      const times = await promotions(room, checks, talkers, context);
      await leave(room, talkers);
      return times;
    }),
    shouting(system, checks, talkers),
    moderated(system, checks, talkers),
  ]);
  talkers.stop();
  const promotion = { p50: percentile(promotedMs, 0.5), worst: Math.max(...promotedMs) };
  context.table([
    ['new talkers', 'first frame heard after p50 ms', 'worst ms', 'machine late by ms'],
    [
      promotedMs.length,
      promotion.p50.toFixed(0),
      promotion.worst.toFixed(0),
      talkers.longestTickMs.toFixed(0),
    ],
  ]);
  return { ...checks.outcome, promotionMs: promotion, longestTickMs: talkers.longestTickMs };
};

/** Who is heard when more people talk than a room forwards. */
export const run = systemScenario({
  name: 'selection',
  about:
    'Ten speakers, the three loudest heard; new talkers promoted with pre-roll; shouters, pins and exclusions.',
  floor: `${PROMOTION_FLOOR_MS} ms to promote`,
  aim: '60 ms to promote',
  system: {},
  inCall,
});
