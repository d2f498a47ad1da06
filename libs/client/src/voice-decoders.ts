import {
  createDecoder,
  type EngineChoice,
  OPUS_DELAY_MS,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
} from '@partyline/codecs';
import { CODEC_OPUS, FLAG_PRE_ROLL, FLAG_SPURT_END, FLAG_SPURT_START } from '@partyline/protocol';
import { PartylineError } from './errors.ts';
import type { ReceivedFrame, Room } from './room-types.ts';

/** A frame of one speaker, decoded: mono, 48 kHz. */
export interface DecodedVoice {
  /** Of the speaker. */
  streamId: number;
  /** Belongs to the receiver. */
  pcm: Float32Array;
  /** As {@link ReceivedFrame.sequence}. */
  sequence: number;
  /** When the first sample was captured, the codec's delay allowed for: cluster ms since the epoch. */
  capturedAtMs: number;
  /** Cluster ms since the epoch; for concealed voice, of the frame that showed the gap. */
  arrivedAtMs: number;
  /** From the capture time in its header to arrival. */
  ageMs: number;
  /** As {@link ReceivedFrame.traced}. */
  traced: boolean;
  /** Made up, or rebuilt from FEC, in place of a lost frame. */
  concealed: boolean;
  /** The stream begins here, after a pause or a gap that is on purpose. */
  spurtStart: boolean;
  /** The last voice before a pause. */
  spurtEnd: boolean;
  /** Sent late on purpose, from before the speaker was chosen; its age says nothing about the way. */
  preRoll: boolean;
}

/** Settings of {@link VoiceDecoders}. */
export interface VoiceDecodersOptions {
  /** `auto` unless given: the browser's Opus where it has one, else WebAssembly. */
  engine?: EngineChoice;
  /** Told of packets that could not be decoded, once a stream. */
  onError?: (error: PartylineError) => void;
}

/** Frames kept while a decoder is being made; that takes milliseconds. */
const MAX_QUEUED = 64;
/** Decoders kept; more speakers than this at once cannot be told apart by ear anyway. */
const MAX_DECODERS = 32;

interface StreamDecoder {
  decoder: VoiceDecoder | undefined;
  queue: ReceivedFrame[];
  /** Frames given to the decoder whose voice has not come out yet, by sequence. */
  pending: Map<number, ReceivedFrame>;
  lastHeardMs: number;
}

/**
 * Decodes every speaker of a room, each with a decoder of its own.
 *
 * @example
 * const decoders = new VoiceDecoders(room, ({ streamId, pcm }) => recognise(streamId, pcm));
 * // … and when it is over:
 * decoders.close();
 */
export class VoiceDecoders {
  readonly #onVoice: (voice: DecodedVoice) => void;
  readonly #options: VoiceDecodersOptions;
  readonly #streams = new Map<number, StreamDecoder>();
  readonly #stop: (() => void)[];
  #closed = false;

  constructor(room: Room, onVoice: (voice: DecodedVoice) => void, options: VoiceDecodersOptions = {}) {
    this.#onVoice = onVoice;
    this.#options = options;
    this.#stop = [
      room.on('frame', (received) => this.#frame(received)),
      room.on('participants', ({ left }) => {
        for (const { streamId } of left) this.#forget(streamId);
      }),
    ];
  }

  /** Stops decoding and gives the decoders back. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stop) stop();
    for (const streamId of [...this.#streams.keys()]) this.#forget(streamId);
  }

  #frame(received: ReceivedFrame): void {
    // An encrypted frame or another codec is for whoever asked for frames; there is nothing to hear in it here.
    if (received.frame.codec !== CODEC_OPUS || received.frame.payload.length === 0) return;
    const stream = this.#streams.get(received.streamId) ?? this.#open(received.streamId);
    stream.lastHeardMs = received.arrivedAtMs;
    if (stream.decoder !== undefined) this.#decode(stream, stream.decoder, received);
    else if (stream.queue.length < MAX_QUEUED) stream.queue.push(received);
  }

  #open(streamId: number): StreamDecoder {
    if (this.#streams.size >= MAX_DECODERS) {
      const [oldest] = [...this.#streams].sort((a, b) => a[1].lastHeardMs - b[1].lastHeardMs);
      this.#forget(oldest![0]);
    }
    const stream: StreamDecoder = { decoder: undefined, queue: [], pending: new Map(), lastHeardMs: 0 };
    this.#streams.set(streamId, stream);
    void this.#create(streamId, stream);
    return stream;
  }

  async #create(streamId: number, stream: StreamDecoder): Promise<void> {
    let told = false;
    const fail = (cause: unknown): void => {
      if (told) return;
      told = true;
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#options.onError?.(
        new PartylineError('codec_failed', `A speaker's voice cannot be decoded: ${why}`, { cause }),
      );
    };
    try {
      const decoder = await createDecoder(
        'opus',
        { engine: this.#options.engine ?? 'auto', onError: fail },
        (pcm, tag, concealed) => this.#decoded(streamId, stream, pcm, tag, concealed),
      );
      if (this.#closed || this.#streams.get(streamId) !== stream) {
        decoder.close();
        return;
      }
      stream.decoder = decoder;
      for (const received of stream.queue.splice(0)) this.#decode(stream, decoder, received);
    } catch (error) {
      fail(error);
    }
  }

  #decode(stream: StreamDecoder, decoder: VoiceDecoder, received: ReceivedFrame): void {
    const { frame, sequence, lostBefore } = received;
    stream.pending.set(sequence, received);
    if (stream.pending.size > 2 * MAX_QUEUED) stream.pending.delete(stream.pending.keys().next().value!);
    if (lostBefore > 0) {
      const frameSamples = Math.round((frame.durationMs * VOICE_SAMPLE_RATE) / 1000);
      decoder.decodeAfterLoss(lostBefore, frame.payload, sequence, frameSamples);
    } else decoder.decode(frame.payload, sequence);
  }

  #decoded(
    streamId: number,
    stream: StreamDecoder,
    pcm: Float32Array,
    tag: number,
    concealed: boolean,
  ): void {
    const received = concealed ? nextAfter(stream.pending, tag) : stream.pending.get(tag);
    if (received === undefined) return;
    if (!concealed) stream.pending.delete(tag);
    const { frame } = received;
    this.#onVoice({
      streamId,
      pcm,
      sequence: tag,
      capturedAtMs: received.capturedAtMs - (received.sequence - tag) * frame.durationMs - OPUS_DELAY_MS,
      arrivedAtMs: received.arrivedAtMs,
      ageMs: received.arrivedAtMs - received.capturedAtMs,
      traced: !concealed && received.traced,
      concealed,
      spurtStart: !concealed && ((frame.flags & FLAG_SPURT_START) !== 0 || received.restart),
      spurtEnd: !concealed && (frame.flags & FLAG_SPURT_END) !== 0,
      preRoll: !concealed && (frame.flags & FLAG_PRE_ROLL) !== 0,
    });
  }

  #forget(streamId: number): void {
    this.#streams.get(streamId)?.decoder?.close();
    this.#streams.delete(streamId);
  }
}

/** The frame whose gap `tag` lies in: the first one given after it. */
const nextAfter = (pending: Map<number, ReceivedFrame>, tag: number): ReceivedFrame | undefined => {
  for (const [sequence, received] of pending) if (sequence > tag) return received;
  return undefined;
};
