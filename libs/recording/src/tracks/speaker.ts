import type { ReceivedFrame } from '@partyline/client';
import { createDecoder, MAX_CONCEALED_FRAMES, type VoiceDecoder } from '@partyline/codecs';
import { CODEC_OPUS, FLAG_ENCRYPTED } from '@partyline/protocol';
import type { Mix } from '../mix/mix.ts';
import { GRID_SAMPLES, PRE_SKIP_SAMPLES, SAMPLES_PER_MS } from '../units.ts';
import { concealed, type Filling, packetSamples, silence } from './opus-packet.ts';
import { Timeline } from './timeline.ts';
import type { TrackWriter } from './track-writer.ts';

/** A voice that stops fades into silence: the decoder makes up as much. */
const FADE_SAMPLES = 20 * SAMPLES_PER_MS;
/** From this level on, −dBov, nobody hears a shift of some milliseconds. */
const QUIET_DBOV = 50;

/** What is told of a speaker. */
export interface SpeakerReport {
  identity: string;
  frames: number;
  /** Frames that never came, filled by concealment. */
  lostFrames: number;
  /** Frames whose time was over when they came, or that hold no Opus. */
  unusedFrames: number;
}

/** One speaker: the packets for the track, and the voice for the mix, at the same places. */
export class Speaker {
  readonly identity: string;
  readonly track: TrackWriter | undefined;
  readonly #timeline: Timeline;
  readonly #mix: Mix;
  #decoder: VoiceDecoder | undefined;
  #before: Uint8Array | undefined;
  #tag = 0;
  /** Place and length of the frame that is given to the decoder now, samples; those before it are counted back from it. */
  #at = 0;
  #length = 0;
  #frames = 0;
  #lostFrames = 0;
  #unusedFrames = 0;

  private constructor(identity: string, originMs: number, mix: Mix, track: TrackWriter | undefined) {
    this.identity = identity;
    this.track = track;
    this.#mix = mix;
    this.#timeline = new Timeline(originMs);
  }

  /** @param originMs cluster time of the first sample. @throws CodecError */
  static async open(
    identity: string,
    originMs: number,
    mix: Mix,
    track: TrackWriter | undefined,
  ): Promise<Speaker> {
    const speaker = new Speaker(identity, originMs, mix, track);
    if (mix.files.length > 0) {
      speaker.#decoder = await createDecoder('opus', { engine: 'wasm' }, (pcm, tag) =>
        speaker.#decoded(pcm, tag),
      );
    }
    return speaker;
  }

  get report(): SpeakerReport {
    return {
      identity: this.identity,
      frames: this.#frames,
      lostFrames: this.#lostFrames,
      unusedFrames: this.#unusedFrames,
    };
  }

  /** Nothing is recorded from this sample on. */
  endAt(samples: number): void {
    this.#timeline.limit = samples + PRE_SKIP_SAMPLES;
  }

  take({ frame, capturedAtMs, lostBefore, restart }: ReceivedFrame): void {
    const samples = packetSamples(frame.payload);
    const isOpus = frame.codec === CODEC_OPUS && (frame.flags & FLAG_ENCRYPTED) === 0;
    const place =
      samples !== undefined && isOpus
        ? this.#timeline.place({
            capturedAtMs,
            samples,
            quiet: frame.level >= QUIET_DBOV,
            anew: restart || lostBefore > 0,
          })
        : undefined;
    if (place === undefined || samples === undefined) {
      this.#unusedFrames += 1;
      return;
    }
    this.#frames += 1;
    const at = this.#timeline.end - samples;
    const isLoss = lostBefore > 0 && lostBefore <= MAX_CONCEALED_FRAMES && place.gap === lostBefore * samples;
    if (lostBefore > 0) this.#lostFrames += lostBefore;
    if (place.gap > 0) this.#fill(at - place.gap, place.gap, isLoss);
    this.track?.add({ payload: frame.payload, samples });
    this.#decode(at, { payload: frame.payload, samples }, isLoss ? lostBefore : 0);
    this.#before = frame.payload;
  }

  /** All frames of before this sample have come. */
  advance(toSamples: number): void {
    const missing = this.#timeline.advance(toSamples);
    if (missing > 0) this.#fill(this.#timeline.end - missing, missing, false);
  }

  /** Fills up to the end of the recording and completes the track. @throws RecordingError `storage_failed` */
  async close(totalSamples: number): Promise<void> {
    const end = totalSamples + PRE_SKIP_SAMPLES;
    // Rounded up to what silence can be made of; the track ends within the last packet.
    this.advance(Math.ceil(end / GRID_SAMPLES) * GRID_SAMPLES);
    this.#decoder?.close();
    this.#decoder = undefined;
    await this.track?.close(end);
  }

  #fill(at: number, samples: number, isLoss: boolean): void {
    const { track } = this;
    const before = this.#before;
    const faded = before === undefined ? 0 : Math.min(samples, isLoss ? samples : FADE_SAMPLES);
    let place = at;
    if (before !== undefined) {
      for (const filling of concealed(before, faded)) {
        track?.add(filling);
        // What was lost is concealed by the decoder together with the frame after it, which may hold a copy of it.
        if (!isLoss) this.#decode(place, filling, 0);
        place += filling.samples;
      }
    }
    let isFirst = true;
    for (const filling of silence(samples - faded)) {
      track?.add(filling);
      // The decoder is told of silence once; after that it gives out nothing that could be heard.
      if (isFirst && before !== undefined) this.#decode(place, filling, 0);
      place += filling.samples;
      isFirst = false;
    }
    if (!isLoss) this.#before = undefined;
  }

  #decode(at: number, { payload, samples }: Filling, lost: number): void {
    if (this.#decoder === undefined) return;
    this.#tag += 1 + lost;
    this.#at = at;
    this.#length = samples;
    if (lost > 0) this.#decoder.decodeAfterLoss(lost, payload, this.#tag, samples);
    else this.#decoder.decode(payload, this.#tag);
  }

  #decoded(pcm: Float32Array, tag: number): void {
    this.#mix.add(this.#at - (this.#tag - tag) * this.#length - PRE_SKIP_SAMPLES, pcm);
  }
}
