import { bundleFrames, inboxOf } from '@partyline/bus';
import { SeededRandom } from '../seeded-random.ts';

/** What an edge lost on purpose, in its own count. */
export interface Injected {
  /** By the channels they were for: an edge's inbox, or a room's channel, which several edges have subscribed. */
  inbox: { bundles: number; frames: number };
  room: { bundles: number; frames: number };
  /** Messages by which an edge tells its part of a room. */
  parts: number;
}

/** What is to be lost from now on. */
export interface Wish {
  /** The share of media bundles, 0 to 1. */
  lossShare?: number;
  /** So many of the next messages that tell a part of a room. */
  parts?: number;
}

/** Decides, by chance that follows from a seed, which messages of an edge are lost on the way to the bus. */
export class Faults {
  readonly injected: Injected = {
    inbox: { bundles: 0, frames: 0 },
    room: { bundles: 0, frames: 0 },
    parts: 0,
  };
  readonly #random: SeededRandom;
  #lossShare = 0;
  #parts = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  wish({ lossShare, parts }: Wish): void {
    this.#lossShare = lossShare ?? this.#lossShare;
    this.#parts = parts ?? this.#parts;
  }

  /** Whether this bundle is lost; if so it is counted. */
  losesMedia(channel: string, bundle: Uint8Array): boolean {
    if (this.#random.u32() >= this.#lossShare * 0x1_0000_0000) return false;
    const count = inboxOf(channel) === undefined ? this.injected.room : this.injected.inbox;
    count.bundles += 1;
    count.frames += bundleFrames(bundle);
    return true;
  }

  /** Whether this message between edges is lost; if so it is counted. */
  losesControl(message: Uint8Array): boolean {
    if (this.#parts === 0 || !isPart(message)) return false;
    this.#parts -= 1;
    this.injected.parts += 1;
    return true;
  }
}

const isPart = (message: Uint8Array): boolean => {
  try {
    return (JSON.parse(new TextDecoder().decode(message)) as { type?: unknown }).type === 'part';
  } catch {
    return false;
  }
};
