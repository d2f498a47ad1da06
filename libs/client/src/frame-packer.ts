import { CODEC_OPUS, MAX_PAYLOAD_BYTES } from '@partyline/protocol';
import { joinOpusPackets } from './opus-packet.ts';
import type { OutgoingFrame } from './room-types.ts';

/** Joins frames of Opus into longer ones, where the uplink has no room for the headers of each. */
export class FramePacker {
  /** Frames last this long at least, ms; shorter ones come out at the end of a talk spurt and where kinds change. */
  minFrameMs = 0;
  readonly #give: (frame: OutgoingFrame) => void;
  #kept: OutgoingFrame[] = [];

  constructor(give: (frame: OutgoingFrame) => void) {
    this.#give = give;
  }

  push(frame: OutgoingFrame): void {
    if (this.#kept.length > 0 && !this.#follows(frame)) this.flush();
    this.#kept.push(frame);
    const lasts = this.#kept.reduce((sum, { durationMs }) => sum + durationMs, 0);
    if (frame.spurtEnd === true || lasts + frame.durationMs > Math.max(this.minFrameMs, frame.durationMs)) {
      this.flush();
    }
  }

  /** Gives out what was kept, as one frame where that can be. */
  flush(): void {
    const kept = this.#kept;
    this.#kept = [];
    if (kept.length < 2) {
      for (const frame of kept) this.#give(frame);
      return;
    }
    const payload = joinOpusPackets(kept.map((frame) => frame.payload));
    if (payload === undefined || payload.length > MAX_PAYLOAD_BYTES) {
      for (const frame of kept) this.#give(frame);
      return;
    }
    this.#give({
      ...kept[0]!,
      payload,
      durationMs: kept.reduce((sum, { durationMs }) => sum + durationMs, 0),
      levelDbov: Math.min(...kept.map(({ levelDbov }) => levelDbov)),
      active: kept.some(({ active }) => active),
      spurtEnd: kept.at(-1)!.spurtEnd === true,
    });
  }

  /** Whether a frame goes on right where the last one kept ends, with the same flags and of the same kind. */
  #follows(frame: OutgoingFrame): boolean {
    const last = this.#kept.at(-1)!;
    const gapMs = frame.capturedAtMs - (last.capturedAtMs + last.durationMs);
    const opus = (frame.codec ?? CODEC_OPUS) === CODEC_OPUS;
    const alike = opus && frame.flags === last.flags && frame.payload[0] === last.payload[0];
    return alike && Math.abs(gapMs) < frame.durationMs;
  }
}
