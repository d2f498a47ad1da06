import { ageOfMs, ageOfUs, decodeMedia, distance32, type EdgeMessage } from '@partyline/protocol';
import { payloadIsIntact } from './synthetic-voice.ts';

/** One frame as a listener got it. */
export interface HeardFrame {
  /** Epoch ms on this machine's one clock. */
  arrivedAtMs: number;
  /** From the capture time that the speaker wrote to the arrival here, in ms. */
  delayMs: number;
  /** Stamps as they came, modulo 2^32. */
  captureTimeMs: number;
  sentAtUs: number;
  topic: number;
  topicSequence: number;
  streamId: number;
  sequence: number;
  flags: number;
  level: number;
  active: boolean;
}

/** Frames that an edge left out while it had paused this listener, as it said itself. */
export interface Skip {
  atMs: number;
  frames: number;
}

interface TopicState {
  /** The newest sequence received, or the one that `subscribed` began after. */
  newest: number;
  acknowledged: number;
}

/** Keeps what one listener received and finds what is missing by the numbers of protocol rules 13, 40 and 42. */
export class Reception {
  readonly frames: HeardFrame[] = [];
  readonly skips: Skip[] = [];
  /** Media messages that never came, by their topic's sequence. */
  missingMessages = 0;
  /** Media messages that came twice, or after a newer one. */
  repeatedMessages = 0;
  /** Media messages of a topic that no `subscribed` announced. */
  unannouncedMessages = 0;
  /** Media messages that could not be decoded. */
  undecodable = 0;
  /** Frames whose payload is not what the speaker put in. */
  damagedFrames = 0;
  pauses = 0;
  /** From the edge's sending to here, of the newest message; undefined before the first. */
  downlinkMs: number | undefined;
  readonly #topics = new Map<number, TopicState>();

  /** Takes a binary message. */
  media(bytes: Uint8Array, nowMs: number): void {
    const decoded = decodeMedia(bytes);
    if (!decoded.ok) {
      this.undecodable += 1;
      return;
    }
    const { topic, sequence, sentAtUs } = decoded.header;
    this.downlinkMs = ageOfUs(sentAtUs, nowMs);
    this.#number(topic, sequence);
    for (const frame of decoded.frames) {
      if (!payloadIsIntact(frame)) this.damagedFrames += 1;
      this.frames.push({
        arrivedAtMs: nowMs,
        delayMs: ageOfMs(frame.captureTimeMs, nowMs),
        captureTimeMs: frame.captureTimeMs,
        sentAtUs,
        topic,
        topicSequence: sequence,
        streamId: frame.streamId,
        sequence: frame.sequence,
        flags: frame.flags,
        level: frame.level,
        active: frame.active,
      });
    }
  }

  /** Takes a control message; only those about topics matter here. */
  control(message: EdgeMessage, nowMs: number): void {
    if (message.type === 'subscribed') {
      this.#topics.set(message.topic, { newest: message.sequence, acknowledged: message.sequence });
      if (message.skippedFrames > 0) this.skips.push({ atMs: nowMs, frames: message.skippedFrames });
    } else if (message.type === 'paused') {
      this.pauses += 1;
      const state = this.#topics.get(message.topic);
      // Everything up to the paused message was sent before this control message, on the same ordered socket.
      if (state !== undefined)
        this.missingMessages += Math.max(0, distance32(state.newest, message.sequence));
    }
  }

  /** The acknowledgements that are due: topics with something newer than was acknowledged before. */
  *dueAcknowledgements(): Iterable<{ topic: number; sequence: number }> {
    for (const [topic, state] of this.#topics) {
      if (state.newest === state.acknowledged) continue;
      state.acknowledged = state.newest;
      yield { topic, sequence: state.newest };
    }
  }

  get skippedFrames(): number {
    return this.skips.reduce((total, skip) => total + skip.frames, 0);
  }

  /** Frames of one stream, in the order of arrival. */
  of(streamId: number): HeardFrame[] {
    return this.frames.filter((frame) => frame.streamId === streamId);
  }

  /** How many frames of each stream arrived in a span of time (epoch ms, from inclusive, to exclusive). */
  countsBetween(fromMs: number, toMs: number): Map<number, number> {
    const counts = new Map<number, number>();
    for (const frame of this.frames) {
      if (frame.arrivedAtMs < fromMs || frame.arrivedAtMs >= toMs) continue;
      counts.set(frame.streamId, (counts.get(frame.streamId) ?? 0) + 1);
    }
    return counts;
  }

  #number(topic: number, sequence: number): void {
    const state = this.#topics.get(topic);
    if (state === undefined) {
      this.unannouncedMessages += 1;
      return;
    }
    const step = distance32(state.newest, sequence);
    if (step <= 0) {
      this.repeatedMessages += 1;
      return;
    }
    this.missingMessages += step - 1;
    state.newest = sequence;
  }
}

/** The value below which a share (0 … 1) of the values lies; NaN of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};
