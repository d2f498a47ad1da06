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

/** Who is shown or listed other than is there, now: a sentence each. */
const attendanceFaults = async (system: System, people: People): Promise<string[]> => {
  people.countOut();
  const rooms = [...people.rooms.values()];
  const shown = rooms.flatMap((room) => room.shownFaults());
  const stays = people.removed.flatMap(({ room, identity, caller }) =>
    caller.room.state.phase === 'closed' ? [] : [`${room}: ${identity} was removed and is still there`],
  );
  // What directories say is asked for only once everybody's own list is right.
  if (shown.length + stays.length > 0) return [...shown, ...stays];
  const listed = await Promise.all(
    rooms.flatMap((room) => REGIONS.map((region) => room.listedFaults(system.adminOf(region)))),
  );
  return listed.flat();
};

/** Waits until everybody is shown, and every directory lists, who is really there. @returns what is wrong at the end */
export const untilAttended = async (system: System, people: People, timeoutMs: number): Promise<string[]> => {
  let faults: string[] = [];
  await holdsWithin(
    async () => {
      faults = await attendanceFaults(system, people);
      return faults.length === 0;
    },
    timeoutMs,
    100,
  );
  return faults;
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
