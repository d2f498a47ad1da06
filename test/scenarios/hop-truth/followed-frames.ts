import {
  ageOfMs,
  ageOfUs,
  type ClientMessageOf,
  checkMedia,
  frameEnd,
  frameSequence,
  MESSAGE_HEADER_BYTES,
  messageIngressAtUs,
  messageSentAtUs,
  parseClientMessage,
} from '@partyline/protocol';
import type { LineTap } from '../../support/faults/faulty-line.ts';

/** About one frame in so many is followed: a report names at most 16, and 100 frames come in its time. */
const TRACE_EVERY = 12;

/** One frame that somebody followed, taken apart by the stamps it collected on its way, ms. */
export interface FollowedFrame {
  arrivedMs: number;
  /** `edge` holds the way between two edges as well, for a listener on another one. */
  hops: { capture: number; uplink: number; edge: number; downlink: number; playout: number };
  sumMs: number;
}

type Traced = NonNullable<ClientMessageOf<'report'>['traced']>[number];

/** Calls for each frame of a media message. */
const eachFrame = (message: Uint8Array, take: (sequence: number) => void): void => {
  if (typeof checkMedia(message) === 'string') return;
  for (let o = MESSAGE_HEADER_BYTES; o < message.length; o = frameEnd(message, o)) {
    take(frameSequence(message, o));
  }
};

/** When the speaker's client handed each frame to its socket: its stamp on the wire. */
export class SentStamps {
  readonly atUs = new Map<number, number>();

  take(message: Uint8Array): void {
    eachFrame(message, (sequence) => this.atUs.set(sequence, messageSentAtUs(message)));
  }
}

/**
 * The stamps of frames that a listener's client names in its reports, and the others that these frames carried: each
 * was taken by somebody else's clock.
 */
export class FollowedFrames {
  readonly frames: FollowedFrame[] = [];
  /** Of frames that were named but not played. */
  unplayed = 0;
  readonly #sent: SentStamps;
  readonly #ingressAtUs = new Map<number, number>();

  constructor(sent: SentStamps) {
    this.#sent = sent;
  }

  /** Asks the client to follow frames, whether its edge does or not, and reads what it says. */
  get tap(): LineTap {
    return {
      mediaReceived: (message) => {
        eachFrame(message, (sequence) => this.#ingressAtUs.set(sequence, messageIngressAtUs(message)));
      },
      textReceived: (text) => {
        const message = JSON.parse(text) as { type: string };
        if (message.type !== 'welcome') return text;
        return JSON.stringify({ ...message, traceEvery: TRACE_EVERY });
      },
      textSent: (text) => {
        const parsed = parseClientMessage(text);
        if (!parsed.ok || parsed.message.type !== 'report') return;
        for (const traced of parsed.message.traced ?? []) this.#take(traced);
      },
    };
  }

  #take({ sequence, captureTimeMs, sentAtUs, arrivedMs, playedMs }: Traced): void {
    const [sent, ingress] = [this.#sent.atUs.get(sequence), this.#ingressAtUs.get(sequence)];
    if (playedMs === undefined || sent === undefined || ingress === undefined) {
      this.unplayed += 1;
      return;
    }
    const [captured, handedOver, received, published] = [
      ageOfMs(captureTimeMs, arrivedMs),
      ageOfUs(sent, arrivedMs),
      ageOfUs(ingress, arrivedMs),
      ageOfUs(sentAtUs, arrivedMs),
    ];
    const hops = {
      capture: captured - handedOver,
      uplink: handedOver - received,
      edge: received - published,
      downlink: published,
      playout: playedMs - arrivedMs,
    };
    const sumMs = Object.values(hops).reduce((sum, ms) => sum + ms, 0);
    this.frames.push({ arrivedMs, hops, sumMs });
  }
}
