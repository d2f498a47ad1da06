import type { OutgoingLink } from '@partyline/bus';
import { FLAG_PRE_ROLL, FLAG_SELECTION_START, setMutableFlags } from '@partyline/protocol';
import type { Room } from '../rooms/room.ts';
import type { Speaker } from '../rooms/selector.ts';
import type { FanOut } from './fan-out.ts';
import type { Lanes } from './lanes.ts';

export interface SpeakerGateServices {
  fanOut: FanOut;
  lanes: Lanes;
}

/** What follows a selector's decision, the same for speakers on this edge and on others. */
export class SpeakerGate {
  readonly #fanOut: FanOut;
  readonly #lanes: Lanes;

  constructor(services: SpeakerGateServices) {
    this.#fanOut = services.fanOut;
    this.#lanes = services.lanes;
  }

  /**
   * Keeps a frame that the room does not hear for the case that its stream is promoted, and passes it to those
   * who named the stream. Its mutable flags are cleared.
   */
  hold(
    room: Room,
    speaker: Speaker,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    speaker.preRoll.keep(bytes, start, end, nowMs);
    setMutableFlags(bytes, start, 0);
    if (room.lanes.length > 0) this.#lanes.deliverHeld(room, bytes, start, end, ingressAtMs, nowMs);
  }

  /**
   * Sends what is kept of a stream that was promoted, before the frame that promoted it; the first one carries the
   * flag "selection starts".
   * @param heard whether somebody here listens
   * @param byBus the speaker is on another edge
   * @returns how many frames
   */
  flushPreRoll(
    room: Room,
    speaker: Speaker,
    heard: boolean,
    links: readonly OutgoingLink[],
    ingressAtMs: number,
    nowMs: number,
    byBus: boolean,
  ): number {
    const { preRoll } = speaker;
    const kept = preRoll.fresh(nowMs);
    for (let i = 0; i < kept; i++) {
      const flags = i === 0 ? FLAG_PRE_ROLL | FLAG_SELECTION_START : FLAG_PRE_ROLL;
      const bytes = preRoll.at(i);
      const end = preRoll.lengthAt(i);
      if (heard) this.#fanOut.append(room, bytes, 0, end, flags, ingressAtMs, nowMs, byBus);
      for (let j = 0; j < links.length; j++) {
        links[j]!.append(room.routes.name, bytes, 0, end, flags, ingressAtMs);
      }
    }
    preRoll.clear();
    return kept;
  }
}
