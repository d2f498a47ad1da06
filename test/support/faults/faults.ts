import { bundleFrames, inboxOf } from '@partyline/bus';
import { SeededRandom } from '../seeded-random.ts';
import { HopFault, type HopInjected, type HopWish } from './hop-fault.ts';

/** What an edge lost on purpose, in its own count. */
export interface Injected {
  /** By the channels they were for: an edge's inbox, or a room's channel, which several edges have subscribed. */
  inbox: { bundles: number; frames: number };
  room: { bundles: number; frames: number };
  /** Greetings: messages by which an edge tells a room's other edges, and asks them, that somebody listens here. */
  greetings: number;
  /** Frames on their way to the bus, and frames that this edge was about to send to its listeners. */
  bus: HopInjected;
  fanOut: HopInjected;
}

/** What is to be lost from now on. */
export interface Wish {
  /** The share of media bundles, 0 to 1. */
  lossShare?: number;
  /** So many of the next greetings in a room. */
  greetings?: { room: string; times: number };
  bus?: HopWish;
  fanOut?: HopWish;
}

/** Decides, by chance that follows from a seed or by counting, which messages of an edge are lost, and which are late. */
export class Faults {
  readonly bus = new HopFault();
  readonly fanOut = new HopFault();
  readonly injected: Injected = {
    inbox: { bundles: 0, frames: 0 },
    room: { bundles: 0, frames: 0 },
    greetings: 0,
    bus: this.bus.injected,
    fanOut: this.fanOut.injected,
  };
  readonly #random: SeededRandom;
  #lossShare = 0;
  #greetings = { room: '', times: 0 };

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  wish({ lossShare, greetings, bus, fanOut }: Wish): void {
    this.#lossShare = lossShare ?? this.#lossShare;
    this.#greetings = greetings ?? this.#greetings;
    if (bus) this.bus.wish(bus);
    if (fanOut) this.fanOut.wish(fanOut);
  }

  /** Whether this bundle is lost; if so it is counted. */
  losesMedia(channel: string, bundle: Uint8Array): boolean {
    const frames = bundleFrames(bundle);
    // A heartbeat holds no frame.
    if (frames > 0 && this.bus.loses(frames)) return true;
    if (this.#random.u32() >= this.#lossShare * 0x1_0000_0000) return false;
    const count = inboxOf(channel) === undefined ? this.injected.room : this.injected.inbox;
    count.bundles += 1;
    count.frames += frames;
    return true;
  }

  /** Bundles, heartbeats among them, on their way to the bus. */
  readonly mediaDelay = {
    holds: (): boolean => this.bus.holds,
    hold: (bundle: Uint8Array, handOn: () => void): void => this.bus.hold(bundleFrames(bundle), handOn),
  };

  /** Whether this message between edges is lost; if so it is counted. */
  losesControl(message: Uint8Array): boolean {
    const { room, times } = this.#greetings;
    if (times === 0 || !isGreeting(message, room)) return false;
    this.#greetings = { room, times: times - 1 };
    this.injected.greetings += 1;
    return true;
  }
}

/** Whether it tells a whole part of the room, with listeners, and wants an answer: anything else is about something else. */
const isGreeting = (message: Uint8Array, wanted: string): boolean => {
  try {
    const { type, room, ack, interested } = JSON.parse(new TextDecoder().decode(message)) as Record<
      string,
      unknown
    >;
    return type === 'part' && room === wanted && ack !== undefined && interested === true;
  } catch {
    return false;
  }
};
