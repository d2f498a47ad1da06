import type { OutgoingFrame, ParticipantsChange, ReceivedFrame, Room } from '@partyline/client';
import type { HopFault } from './hop-fault.ts';

/** Longer than any play-out buffer of a scenario waits for a frame, ms. */
const TOO_LATE_MS = 500;
/** Frames by which a play-out's start is judged. */
const START_FRAMES = 15;

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
export class LatePlayout {
  readonly room: Room;
  /** Of the play-out and its decoders, in the order in which they asked. */
  readonly #participants: ((change: ParticipantsChange) => void)[] = [];
  /** How long each frame since the play-out's start took from capture to there, ms. */
  #tookMs: number[] = [];

  constructor(room: Room, fault: HopFault) {
    this.room = overriding(room, {
      on: ((name: string, listener: (value: ReceivedFrame | ParticipantsChange) => void) => {
        if (name === 'participants') this.#participants.push(listener);
        if (name !== 'frame') return room.on(name as 'participants', listener);
        return room.on('frame', (frame) => {
          const handOn = (): void => {
            if (this.#tookMs.length < START_FRAMES) this.#tookMs.push(room.clock.now() - frame.capturedAtMs);
            listener(frame);
          };
          if (fault.loses(1)) setTimeout(handOn, TOO_LATE_MS);
          else fault.hold(1, handOn);
        });
      }) as Room['on'],
    });
  }

  /**
   * By how much its first frame was slower than the fastest of those right after it, ms; undefined until these have
   * come. A play-out places everything behind its first frame, and makes good only what is too much by far.
   */
  get slowStartMs(): number | undefined {
    return this.#tookMs.length < START_FRAMES ? undefined : this.#tookMs[0]! - Math.min(...this.#tookMs);
  }

  /**
   * Makes the play-out forget all that it learned of everybody's arrivals, as if they had left and come back. Their
   * decoders stay: to make one takes time, in which frames wait that are then taken for slow.
   */
  forget(): void {
    this.#tookMs = [];
    const { participants, listeners } = this.room;
    // A sink asks after its decoders, which it makes first.
    this.#participants.at(-1)?.({ participants, listeners, joined: [], updated: [], left: participants });
  }
}

/** The same object but for some of its members. */
const overriding = <T extends object>(target: T, members: Partial<T>): T =>
  new Proxy(target, {
    get: (_, name) => {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
