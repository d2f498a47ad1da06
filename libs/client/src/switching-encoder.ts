import { VOICE_SAMPLE_RATE, type VoiceFormat } from '@partyline/codecs';
import { type EncodingChain, type EncodingChainOptions, openEncodingChain } from './encoding-chain.ts';

/** Frames held back while a browser's encoder gives out what it has; then it is left behind. */
const PATIENCE_FRAMES = 10;
/** So much of what was said is kept for the next encoder's filters, ms. */
const KEPT_MS = 20;

/** A packet of one of the encoders, with what was said of its frame. */
export type ChainPacketHandler<Said> = (payload: Uint8Array, said: Said, chain: EncodingChain) => void;

/**
 * Encodes with one codec after another. A change takes effect between two frames, once the encoder before has given out
 * all it had: frames keep their order, none is left out, and none is encoded twice. What is said of a frame comes back with
 * its packet.
 */
export class SwitchingEncoder<Said extends object> {
  readonly #options: EncodingChainOptions;
  readonly #onPacket: ChainPacketHandler<Said>;
  /** Given to the encoder in use, and not come out of it yet, by tag. */
  readonly #inWork = new Map<number, Said>();
  #tag = 0;
  #chain: EncodingChain | undefined;
  #next: EncodingChain | undefined;
  #held: { pcm: Float32Array; said: Said }[] = [];
  #kept = new Float32Array(0);
  #bitrate: number;
  #closed = false;

  constructor(options: EncodingChainOptions, onPacket: ChainPacketHandler<Said>) {
    this.#options = options;
    this.#bitrate = options.bitrate;
    this.#onPacket = onPacket;
  }

  /** In use from the next frame on; undefined before the first {@link use}. */
  get format(): VoiceFormat | undefined {
    return (this.#next ?? this.#chain)?.format;
  }

  /** Encodes by this codec from one of the next frames on. @throws CodecError, PartylineError as `openEncodingChain` */
  async use(format: VoiceFormat): Promise<void> {
    let chain: EncodingChain | undefined;
    chain = await openEncodingChain(format, this.#options, (payload, tag) => {
      if (chain !== undefined && chain === this.#chain) this.#packet(chain, payload, tag);
    });
    chain.setBitrate(this.#bitrate);
    if (this.#closed) {
      chain.close();
      return;
    }
    this.#next?.close();
    this.#next = chain;
    this.#change();
  }

  encode(pcm: Float32Array, said: Said): void {
    if (this.#next !== undefined) {
      this.#held.push({ pcm, said });
      if (this.#held.length > PATIENCE_FRAMES) this.#inWork.clear();
      this.#change();
    } else this.#encode(pcm, said);
  }

  setBitrate(bps: number): void {
    this.#chain?.setBitrate(bps);
    this.#next?.setBitrate(bps);
    this.#bitrate = bps;
  }

  close(): void {
    this.#closed = true;
    this.#chain?.close();
    this.#next?.close();
    this.#chain = undefined;
    this.#next = undefined;
    this.#held = [];
  }

  #change(): void {
    const next = this.#next;
    if (next === undefined || (this.#chain !== undefined && this.#inWork.size > 0)) return;
    this.#next = undefined;
    this.#chain?.close();
    this.#chain = next;
    this.#inWork.clear();
    next.prime(this.#kept);
    for (const { pcm, said } of this.#held.splice(0)) this.#encode(pcm, said);
  }

  #encode(pcm: Float32Array, said: Said): void {
    const chain = this.#chain;
    if (chain === undefined) return;
    const tag = this.#tag;
    this.#tag += 1;
    this.#inWork.set(tag, said);
    // An encoder that skips a frame leaves its entry behind; output comes in order, so old ones are dead.
    if (this.#inWork.size > 100) this.#inWork.delete(this.#inWork.keys().next().value!);
    this.#kept = pcm.slice(-(KEPT_MS * VOICE_SAMPLE_RATE) / 1000);
    chain.encode(pcm, tag);
  }

  #packet(chain: EncodingChain, payload: Uint8Array, tag: number): void {
    const said = this.#inWork.get(tag);
    if (said === undefined) return;
    for (const earlier of this.#inWork.keys()) {
      this.#inWork.delete(earlier);
      if (earlier === tag) break;
    }
    this.#onPacket(payload, said, chain);
    if (this.#inWork.size === 0) this.#change();
  }
}
