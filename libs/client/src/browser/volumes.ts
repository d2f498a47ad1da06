import { PartylineError } from '../errors.ts';
import type { Room } from '../room-types.ts';

const LOUDEST = 4;
/** People whose volume is remembered; the one set longest ago is forgotten first. */
const MAX_REMEMBERED = 1_000;

/** @throws PartylineError `invalid_option` */
export const checkVolume = (volume: number): number => {
  if (volume >= 0 && volume <= LOUDEST) return volume;
  throw new PartylineError(
    'invalid_option',
    `A volume is a number from 0 to ${LOUDEST}, 1 being as it came, not ${volume}.`,
  );
};

/** How loud each participant is heard, by identity, so that it holds for whoever leaves and joins again. */
export class Volumes {
  readonly #room: Room;
  readonly #apply: (streamId: number, volume: number) => void;
  readonly #byIdentity = new Map<string, number>();
  readonly #stop: () => void;

  constructor(room: Room, apply: (streamId: number, volume: number) => void) {
    this.#room = room;
    this.#apply = apply;
    this.#stop = room.on('participants', ({ joined }) => {
      for (const { identity, streamId } of joined) {
        const volume = this.#byIdentity.get(identity);
        if (volume !== undefined) apply(streamId, volume);
      }
    });
  }

  /** @throws PartylineError `invalid_option` */
  set(identity: string, volume: number): void {
    checkVolume(volume);
    this.#byIdentity.delete(identity);
    if (volume !== 1) this.#byIdentity.set(identity, volume);
    if (this.#byIdentity.size > MAX_REMEMBERED) {
      this.#byIdentity.delete(this.#byIdentity.keys().next().value!);
    }
    for (const participant of this.#room.participants) {
      if (participant.identity === identity) this.#apply(participant.streamId, volume);
    }
  }

  /** 1 unless set. */
  of(identity: string): number {
    return this.#byIdentity.get(identity) ?? 1;
  }

  close(): void {
    this.#stop();
  }
}
