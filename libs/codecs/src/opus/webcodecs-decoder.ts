import { type DecodedPcmHandler, VOICE_SAMPLE_RATE, type VoiceDecoder, type VoiceEngine } from '../codec.ts';
import { CodecError } from '../errors.ts';
import { keepWithinFullScale } from '../full-scale.ts';
import { checkFrameSamples } from './encoder-options.ts';
import type { OpusDecoderOptions } from './opus-options.ts';
import { createWasmDecoder, type WasmOpusDecoder } from './opus-wasm.ts';

const CONFIG: AudioDecoderConfig = { codec: 'opus', sampleRate: VOICE_SAMPLE_RATE, numberOfChannels: 1 };
/** Packets kept to bring the WebAssembly decoder to the stream's state before it takes over. */
const PRIMING_PACKETS = 5;
/** Between the timestamps of two packets; they only tell which packet an output belongs to. */
const TIMESTAMP_STEP_US = 20000;
/** Packets held while the engines change over; more than this is a stall, and old voice is worth nothing. */
const MAX_HELD_PACKETS = 100;

/** Whether this place has an `AudioDecoder` for Opus. Never rejects. */
export async function supportsWebCodecsDecoder(): Promise<boolean> {
  if (typeof AudioDecoder === 'undefined' || typeof EncodedAudioChunk === 'undefined') return false;
  try {
    return (await AudioDecoder.isConfigSupported(CONFIG)).supported === true;
  } catch {
    return false;
  }
}

/** Makes a decoder on the browser's own Opus; output comes asynchronously, in order. */
export function createWebCodecsDecoder(
  options: Pick<OpusDecoderOptions, 'onError'>,
  onPcm: DecodedPcmHandler,
): VoiceDecoder {
  return new WebCodecsOpusDecoder(options, onPcm);
}

interface Packet {
  readonly payload: Uint8Array;
  readonly tag: number;
  readonly missing: number;
  readonly frameSamples: number;
}

/**
 * `browser`: packets go to WebCodecs. `moving`: WebCodecs finishes what it has and libopus loads, packets are
 * held. `wasm`: packets go to libopus, for good. `closed`: nothing goes anywhere.
 */
type State =
  | { readonly kind: 'browser'; readonly decoder: AudioDecoder }
  | { readonly kind: 'moving' }
  | { readonly kind: 'wasm'; readonly decoder: WasmOpusDecoder }
  | { readonly kind: 'closed' };

class WebCodecsOpusDecoder implements VoiceDecoder {
  readonly codec = 'opus';
  readonly sampleRate = VOICE_SAMPLE_RATE;
  readonly #options: Pick<OpusDecoderOptions, 'onError'>;
  readonly #onPcm: DecodedPcmHandler;
  /** Given to WebCodecs and not yet seen as output, by timestamp, oldest first. */
  readonly #inFlight = new Map<number, Packet>();
  readonly #recent: Uint8Array[] = [];
  #held: Packet[] = [];
  #state: State;
  #nextTimestampUs = 0;
  #corruptPackets = 0;

  constructor(options: Pick<OpusDecoderOptions, 'onError'>, onPcm: DecodedPcmHandler) {
    this.#options = options;
    this.#onPcm = onPcm;
    const decoder = new AudioDecoder({
      output: (data) => this.#output(data),
      error: (cause) => void this.#move(undefined, cause),
    });
    decoder.configure(CONFIG);
    this.#state = { kind: 'browser', decoder };
  }

  get engine(): VoiceEngine {
    return this.#state.kind === 'browser' ? 'webcodecs' : 'wasm';
  }

  get corruptPackets(): number {
    return this.#corruptPackets;
  }

  decode(payload: Uint8Array, tag: number): void {
    this.#accept({ payload, tag, missing: 0, frameSamples: 0 });
  }

  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void {
    this.#accept({ payload, tag, missing, frameSamples: checkFrameSamples(frameSamples) });
  }

  #accept(packet: Packet): void {
    const state = this.#state;
    if (state.kind === 'wasm') this.#decodeInWasm(state.decoder, packet);
    else if (state.kind === 'moving') this.#hold(packet);
    else if (state.kind === 'browser') {
      if (packet.missing > 0) {
        void this.#move(state.decoder, undefined);
        this.#hold(packet);
      } else this.#decodeInBrowser(state.decoder, packet);
    }
  }

  #hold(packet: Packet): void {
    // A caller may reuse its buffer once `decode` returned.
    this.#held.push({ ...packet, payload: new Uint8Array(packet.payload) });
    if (this.#held.length > MAX_HELD_PACKETS) this.#held.shift();
  }

  #decodeInBrowser(decoder: AudioDecoder, packet: Packet): void {
    if (packet.payload.length === 0) {
      this.#reportCorrupt(new CodecError('corrupt_packet', 'an Opus packet of 0 bytes is not decodable'));
      return;
    }
    const payload = new Uint8Array(packet.payload);
    const timestamp = this.#nextTimestampUs;
    // Only its order matters: the step need not be the frame's length.
    this.#nextTimestampUs += TIMESTAMP_STEP_US;
    this.#inFlight.set(timestamp, { ...packet, payload });
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: payload }));
  }

  #output(data: AudioData): void {
    // Chromium gives some timestamps back 1 µs smaller than it got them.
    const returned = Math.round(data.timestamp / TIMESTAMP_STEP_US) * TIMESTAMP_STEP_US;
    const packet = this.#inFlight.get(returned) ?? this.#inFlight.values().next().value;
    if (packet === undefined || this.#state.kind === 'closed') {
      data.close();
      return;
    }
    for (const [timestamp, earlier] of this.#inFlight) {
      if (timestamp > returned) break;
      this.#inFlight.delete(timestamp);
      if (earlier === packet) break;
    }
    this.#recent.push(packet.payload);
    if (this.#recent.length > PRIMING_PACKETS) this.#recent.shift();
    const pcm = new Float32Array(data.numberOfFrames);
    data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
    data.close();
    this.#onPcm(keepWithinFullScale(pcm), packet.tag, false);
  }

  /**
   * Changes over to libopus: because WebCodecs cannot conceal (`decoder` given: it first finishes what it has),
   * or because it failed (it is closed already, and what it had in work is decoded again).
   */
  async #move(decoder: AudioDecoder | undefined, cause: unknown): Promise<void> {
    if (this.#state.kind === 'closed' || this.#state.kind === 'wasm') return;
    const alreadyMoving = this.#state.kind === 'moving';
    this.#state = { kind: 'moving' };
    if (cause !== undefined && !(cause instanceof DOMException && cause.name === 'EncodingError')) {
      this.#options.onError?.(
        new CodecError('engine_failed', 'the browser stopped its Opus decoder', { cause }),
      );
    }
    if (alreadyMoving) return;
    try {
      const loading = createWasmDecoder({ onError: (error) => this.#reportCorrupt(error) }, this.#onPcm);
      // A failing flush is a failing decoder; what it did not give out is still in flight and decoded below.
      await decoder?.flush().catch(() => undefined);
      const next = await loading;
      if ((this.#state as State).kind === 'closed') {
        next.close();
        return;
      }
      if (decoder !== undefined && decoder.state !== 'closed') decoder.close();
      next.prime(this.#recent);
      const waiting = [...this.#inFlight.values(), ...this.#held];
      this.#inFlight.clear();
      this.#held = [];
      this.#recent.length = 0;
      this.#state = { kind: 'wasm', decoder: next };
      for (const packet of waiting) this.#decodeInWasm(next, packet);
    } catch (failure) {
      this.#options.onError?.(
        new CodecError('engine_failed', 'the WebAssembly Opus decoder did not load', { cause: failure }),
      );
    }
  }

  #decodeInWasm(decoder: WasmOpusDecoder, packet: Packet): void {
    if (packet.missing > 0) {
      decoder.decodeAfterLoss(packet.missing, packet.payload, packet.tag, packet.frameSamples);
    } else decoder.decode(packet.payload, packet.tag);
  }

  #reportCorrupt(error: CodecError): void {
    this.#corruptPackets += 1;
    this.#options.onError?.(error);
  }

  /** What is in work is left out: it belongs to the stream that ended. */
  async reset(): Promise<void> {
    this.#inFlight.clear();
    this.#held = [];
    this.#recent.length = 0;
    const state = this.#state;
    if (state.kind === 'wasm') await state.decoder.reset();
    if (state.kind === 'browser') {
      state.decoder.reset();
      state.decoder.configure(CONFIG);
    }
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#inFlight.clear();
    this.#held = [];
    if (state.kind === 'wasm') state.decoder.close();
    if (state.kind === 'browser' && state.decoder.state !== 'closed') state.decoder.close();
  }
}
