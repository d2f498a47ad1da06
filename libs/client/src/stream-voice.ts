import { Concealment, type EngineChoice, VOICE_SAMPLE_RATE, type VoiceFormat } from '@partyline/codecs';
import { FLAG_PRE_ROLL, FLAG_SPURT_END, FLAG_SPURT_START } from '@partyline/protocol';
import type { DecodedVoice } from './decoded-voice.ts';
import { type DecodingChain, openDecodingChain } from './decoding-chain.ts';
import type { ReceivedFrame } from './room-types.ts';
import { idOf, voiceFormatOf } from './voice-formats.ts';

/** Told by a {@link StreamVoice}. */
export interface StreamVoiceHandlers {
  voice(voice: DecodedVoice): void;
  /** Frames of this codec cannot be decoded: `format` is undefined for a number that is not known here. */
  unable(codec: number, format: VoiceFormat | undefined, cause: unknown): void;
}

/** Frames kept while a decoder is being made; that takes milliseconds. */
const MAX_QUEUED = 64;
/** Frames of a new codec that wait for what a browser's decoder of the one before still has to give out. */
const PATIENCE_FRAMES = 5;
/** The longest stretch between two codecs that is made up, ms; what is longer is a pause. */
const MAX_BRIDGE_MS = 120;
const SAMPLES_PER_MS = VOICE_SAMPLE_RATE / 1000;

/**
 * Decodes one speaker, whatever codecs they use one after the other. Where the codec changes within a talk spurt, the
 * new decoder's first sound is left out for as long as it takes to come up, what is missing between the two is made up
 * from the voice before, and one is blended into the other: nothing is heard of it.
 */
export class StreamVoice {
  lastHeardMs = 0;
  readonly #streamId: number;
  readonly #engine: EngineChoice;
  readonly #handlers: StreamVoiceHandlers;
  readonly #queue: ReceivedFrame[] = [];
  /** Given to the decoder, and their voice has not come out yet, by sequence. */
  readonly #pending = new Map<number, ReceivedFrame>();
  readonly #told = new Set<number>();
  readonly #bridge = new Concealment(VOICE_SAMPLE_RATE);
  #chain: DecodingChain | undefined;
  #opening = false;
  #closed = false;
  /** Until when voice has been given out, in capture time; undefined before the first. */
  #endMs: number | undefined;
  /** Of what comes out next, so much belongs to before the codec changed. */
  #skipSamples = 0;
  #changed = false;

  constructor(streamId: number, engine: EngineChoice, handlers: StreamVoiceHandlers) {
    this.#streamId = streamId;
    this.#engine = engine;
    this.#handlers = handlers;
  }

  take(received: ReceivedFrame): void {
    this.lastHeardMs = received.arrivedAtMs;
    if (this.#queue.length >= MAX_QUEUED) return;
    this.#queue.push(received);
    this.#advance();
  }

  /** Frames that wait for a decoder. */
  get waiting(): number {
    return this.#queue.length;
  }

  close(): void {
    this.#closed = true;
    this.#chain?.close();
    this.#queue.length = 0;
    this.#pending.clear();
  }

  #advance(): void {
    while (!this.#opening && !this.#closed) {
      const next = this.#queue[0];
      if (next === undefined) return;
      if (this.#chain !== undefined && idOf(this.#chain.format) === next.frame.codec)
        this.#decode(this.#chain, this.#queue.shift()!);
      else if (this.#pending.size > 0 && this.#queue.length < PATIENCE_FRAMES) return;
      else void this.#open(next.frame.codec);
    }
  }

  async #open(codec: number): Promise<void> {
    this.#opening = true;
    try {
      const format = voiceFormatOf(codec);
      if (format === undefined) throw new Error(`codec ${codec} is not known here`);
      let chain: DecodingChain | undefined;
      const onError = (cause: unknown): void => this.#unable(codec, cause);
      chain = await openDecodingChain(format, { engine: this.#engine, onError }, (pcm, tag, concealed) => {
        if (chain !== undefined && chain === this.#chain) this.#decoded(chain, pcm, tag, concealed);
      });
      if (this.#closed) chain.close();
      else this.#follow(chain);
    } catch (cause) {
      this.#unable(codec, cause);
      this.#leaveOut(codec);
    } finally {
      this.#opening = false;
    }
    this.#advance();
  }

  #follow(chain: DecodingChain): void {
    this.#chain?.close();
    this.#changed = this.#chain !== undefined;
    this.#pending.clear();
    this.#chain = chain;
    this.#skipSamples = this.#changed ? Math.round(chain.delayMs * SAMPLES_PER_MS) : 0;
  }

  #unable(codec: number, cause: unknown): void {
    if (this.#told.has(codec)) return;
    this.#told.add(codec);
    this.#handlers.unable(codec, voiceFormatOf(codec), cause);
  }

  #leaveOut(codec: number): void {
    while (this.#queue[0]?.frame.codec === codec) this.#queue.shift();
  }

  #decode(chain: DecodingChain, received: ReceivedFrame): void {
    const { frame, sequence, lostBefore } = received;
    this.#pending.set(sequence, received);
    if (this.#pending.size > 2 * MAX_QUEUED) this.#pending.delete(this.#pending.keys().next().value!);
    // A decoder that has heard nothing yet cannot make anything up.
    if (lostBefore > 0 && !this.#changed) {
      chain.decodeAfterLoss(lostBefore, frame.payload, sequence, frame.durationMs);
    } else chain.decode(frame.payload, sequence);
  }

  #decoded(chain: DecodingChain, pcm: Float32Array, tag: number, concealed: boolean): void {
    const received = concealed ? nextAfter(this.#pending, tag) : this.#pending.get(tag);
    if (received === undefined) return;
    if (!concealed) this.#pending.delete(tag);
    const { frame } = received;
    const spurtStart = !concealed && ((frame.flags & FLAG_SPURT_START) !== 0 || received.restart);
    const beginsMs = received.capturedAtMs - (received.sequence - tag) * frame.durationMs - chain.delayMs;
    const joined = this.#joined(pcm, beginsMs, spurtStart);
    if (joined !== undefined) {
      this.#endMs = joined.beginsMs + joined.pcm.length / SAMPLES_PER_MS;
      this.#handlers.voice({
        streamId: this.#streamId,
        pcm: joined.pcm,
        sequence: tag,
        capturedAtMs: joined.beginsMs,
        arrivedAtMs: received.arrivedAtMs,
        ageMs: received.arrivedAtMs - received.capturedAtMs,
        traced: !concealed && received.traced,
        concealed,
        spurtStart,
        spurtEnd: !concealed && (frame.flags & FLAG_SPURT_END) !== 0,
        preRoll: !concealed && (frame.flags & FLAG_PRE_ROLL) !== 0,
      });
    }
    if (this.#pending.size === 0) this.#advance();
  }

  /** Puts the first voice of another codec where the one before ended; undefined when all of it is left out. */
  #joined(
    pcm: Float32Array,
    beginsMs: number,
    spurtStart: boolean,
  ): { pcm: Float32Array; beginsMs: number } | undefined {
    if (!this.#changed) {
      this.#bridge.received(pcm);
      return { pcm, beginsMs };
    }
    const skipped = Math.min(this.#skipSamples, pcm.length);
    this.#skipSamples -= skipped;
    if (skipped === pcm.length) return undefined;
    this.#changed = false;
    const fresh = pcm.subarray(skipped);
    const freshMs = beginsMs + skipped / SAMPLES_PER_MS;
    const gapMs = this.#endMs === undefined ? Number.POSITIVE_INFINITY : freshMs - this.#endMs;
    if (spurtStart || gapMs > MAX_BRIDGE_MS || gapMs < -fresh.length / SAMPLES_PER_MS) {
      this.#bridge.received(fresh);
      return { pcm: fresh, beginsMs: freshMs };
    }
    // At least one sample is made up, so that the two are blended.
    const missing = Math.max(1, Math.round(gapMs * SAMPLES_PER_MS));
    const kept = fresh.subarray(Math.max(0, Math.round(-gapMs * SAMPLES_PER_MS) + 1));
    const made = this.#bridge.conceal(missing);
    this.#bridge.received(kept);
    const whole = new Float32Array(missing + kept.length);
    whole.set(made);
    whole.set(kept, missing);
    return { pcm: whole, beginsMs: this.#endMs! };
  }
}

/** The frame whose gap `tag` lies in: the first one given after it. */
const nextAfter = (pending: Map<number, ReceivedFrame>, tag: number): ReceivedFrame | undefined => {
  for (const [sequence, received] of pending) if (sequence > tag) return received;
  return undefined;
};
