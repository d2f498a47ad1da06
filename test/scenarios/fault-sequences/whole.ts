import type { Caller } from '../../support/caller.ts';
import type { Gathering } from '../../support/gathering.ts';
import { nowMs, type RawClient } from '../../support/raw-client.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import type { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { People } from './people.ts';
import { REGIONS } from './plan.ts';

const HEARD_FRAMES = 10;
const HEARD_WITHIN_MS = 5_000;
const SPARED_MS = 600;

/** Looks in a row that must find everything right: what is right by chance is not. */
const LOOKS = 3;
const LOOK_EVERY_MS = 100;

/** How people and directories came to be right about who is there. */
export interface Recovery {
  /** What is still wrong: a sentence each. */
  faults: string[];
  /** When everybody was shown, as they are, who is there. */
  backMs: number;
  /** When nobody was shown any more who is gone. */
  shownMs: number;
  /** When the directories' lists were as well. */
  wholeMs: number;
  /** What was wrong last; empty when nothing was. */
  lastWrong: string;
}

/** How long that may take, in ms. */
export type Limits = Pick<Recovery, 'backMs' | 'wholeMs'>;

/** What people are shown wrongly of those who are there, now: a sentence each. */
const backFaults = (people: People): string[] => {
  people.countOut();
  const stays = people.removed.flatMap(({ room, identity, caller }) =>
    caller.room.state.phase === 'closed' ? [] : [`${room}: ${identity} was removed and is still there`],
  );
  const rooms = [...people.rooms.values()];
  return [...rooms.flatMap((room) => room.shownFaults(room.everybody, room.gone)), ...stays];
};

/** The same of what directories list. */
const listedFaults = async (system: System, people: People): Promise<string[]> => {
  const asked = [...people.rooms.values()].flatMap((room) =>
    REGIONS.map((region) => room.listedFaults(system.adminOf(region))),
  );
  return (await Promise.all(asked)).flat();
};

/**
 * Waits until everybody is shown, and every directory lists, who is really there.
 * @param sinceMs from when times are counted
 * @param limits how long after that it may take
 */
export const untilAttended = async (
  system: System,
  people: People,
  sinceMs: number,
  limits: Limits,
): Promise<Recovery> => {
  const recovery: Recovery = { faults: [], backMs: 0, shownMs: 0, wholeMs: 0, lastWrong: '' };
  for (let right = 0; right < LOOKS; await forMs(LOOK_EVERY_MS)) {
    const atMs = nowMs() - sinceMs;
    const back = backFaults(people);
    if (back.length > 0) recovery.backMs = atMs;
    const shown = [...people.rooms.values()].flatMap((room) => room.shownFaults());
    if (back.length + shown.length > 0) recovery.shownMs = atMs;
    // Directories are asked only once everybody's own list is right.
    const faults = back.length > 0 ? back : shown.length > 0 ? shown : await listedFaults(system, people);
    right = faults.length === 0 ? right + 1 : 0;
    recovery.faults = faults;
    if (faults.length === 0) continue;
    recovery.wholeMs = atMs;
    recovery.lastWrong = faults[0]!;
    if (atMs > (back.length > 0 ? limits.backMs : limits.wholeMs)) break;
  }
  return recovery;
};

const heardSince = (listener: Caller | RawClient, streamId: number, atMs: number): number => {
  const frames = 'reception' in listener ? listener.reception.frames : listener.frames;
  let heard = 0;
  for (let i = frames.length - 1; i >= 0 && frames[i]!.arrivedAtMs > atMs; i--) {
    if (frames[i]!.streamId === streamId) heard += 1;
  }
  return heard;
};

/** Lets everybody in a room who may talk do so in turn, and finds who does not hear them. */
export const voiceFaults = async (gathering: Gathering, talkers: Talkers): Promise<string[]> => {
  const { room, callers, raw, moderated, muted } = gathering;
  const everybody: [string, Caller | RawClient][] = [...callers, ...raw];
  const faults: string[] = [];
  for (const [identity, speaker] of callers) {
    const isHeard = !moderated.has(identity) && !muted.has(identity);
    const fromMs = nowMs();
    const listeners = everybody.filter(([, client]) => client !== speaker);
    const deaf = (): string[] =>
      listeners
        .filter(([, client]) => heardSince(client, speaker.streamId, fromMs) < HEARD_FRAMES)
        .map(([name]) => name);
    talkers.say(speaker, speech(40));
    if (isHeard) {
      await holdsWithin(() => deaf().length === 0, HEARD_WITHIN_MS);
      const who = deaf();
      if (who.length > 0) faults.push(`${room}: ${identity} is not heard by ${who.join(', ')}`);
    } else {
      await forMs(SPARED_MS);
      const who = listeners.filter(([, client]) => heardSince(client, speaker.streamId, fromMs) > 0);
      if (who.length > 0) {
        faults.push(
          `${room}: ${identity}, who is muted, is heard by ${who.map(([name]) => name).join(', ')}`,
        );
      }
    }
    talkers.hush(speaker);
  }
  return faults;
};

/** Who was removed and is let in again. */
export const removalFaults = async (system: System, people: People): Promise<string[]> => {
  const asked = people.removed.flatMap(({ room, identity }) =>
    REGIONS.map(async (region) => {
      const api = system.adminOf(region).as(await system.token({ room, identity }));
      const { status } = await api.request('POST', `/v1/rooms/${room}/join`, {});
      return status === 403 ? [] : [`${room}: ${identity}, who was removed, joins by ${region}: ${status}`];
    }),
  );
  return (await Promise.all(asked)).flat();
};
