import type { OutgoingFrame, ReceivedFrame, Room } from '@partyline/client';
import type { HopFault } from './hop-fault.ts';

/** Longer than any play-out buffer of a scenario waits for a frame, ms. */
const TOO_LATE_MS = 500;

/** A room that gets its frames late: between capture and the client's own queue. */
export const lateCapture = (room: Room, fault: HopFault): Room =>
  overriding(room, {
    publishFrame: (frame: OutgoingFrame) => {
      fault.hold(1, () => room.publishFrame(frame));
      return true;
    },
  });

/**
 * A room as its play-out sees it: frames that have arrived reach the play-out late; those that the fault would
 * lose reach it long after their moment has passed, behind later ones.
 */
export const latePlayout = (room: Room, fault: HopFault): Room =>
  overriding(room, {
    on: ((name: string, listener: (value: ReceivedFrame) => void) => {
      if (name !== 'frame') return room.on(name as 'frame', listener);
      return room.on('frame', (frame) => {
        const handOn = (): void => listener(frame);
        if (fault.loses(1)) setTimeout(handOn, TOO_LATE_MS);
        else fault.hold(1, handOn);
      });
    }) as Room['on'],
  });

/** The same object but for some of its members. */
const overriding = <T extends object>(target: T, members: Partial<T>): T =>
  new Proxy(target, {
    get: (_, name) => {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
