import { audioLevelDbov, VoiceActivityDetector, VoiceBand } from '@partyline/audio';
import { DEFAULT_OPUS_BITRATE, type EngineChoice, type FrameMs, VOICE_SAMPLE_RATE } from '@partyline/codecs';
import { type CodecFormat, FLAG_FEC, FLAG_PRE_ROLL } from '@partyline/protocol';
import { CodecAgreement } from './codec-agreement.ts';
import type { EncodingChain } from './encoding-chain.ts';
import { PartylineError } from './errors.ts';
import { FramePacker } from './frame-packer.ts';
import type { Pace } from './pace.ts';
import type { OutgoingFrame, Room } from './room-types.ts';
import { SwitchingEncoder } from './switching-encoder.ts';
import { checkFormats, idOf } from './voice-formats.ts';

/** Settings of {@link VoicePublisher}. */
export interface VoicePublisherOptions {
  /**
   * What to send, if everybody who listens in the room can decode it; else the best that they can. `opus/48000` unless given.
   * What is no part of every build has to be made first (docs/audio.md).
   */
  codec?: CodecFormat;
  /** Told when another codec is sent than before. */
  onCodec?: (codec: CodecFormat) => void;
  /** Opus bit rate in bit/s, 6,000 to 510,000; 40,000 unless given. Less while the uplink has no room for it. */
  bitrate?: number;
  /** 20 ms unless given; up to 60 ms while the uplink is thin. */
  frameMs?: FrameMs;
  /** In silence nothing is sent; false unless given. True while the uplink is thin. */
  dtx?: boolean;
  /** `auto` unless given: the browser's Opus where it has one, else WebAssembly. */
  engine?: EngineChoice;
  /** Told of every frame, also of those not sent. */
  onLevel?: (levelDbov: number, active: boolean) => void;
  /** Told of an encoder that fails while running. */
  onError?: (error: PartylineError) => void;
}

/** What is still sent after the last activity, so that a stream does not stop at every breath. */
const TAIL_MS = 1_000;
/**
 * Frames from right before a spurt that are sent with it, so that no first consonant is lost. Not more than a
 * listener's buffer holds anyway: what is older would delay the whole spurt.
 */
const LEAD_FRAMES = 2;

interface Encoding {
  capturedAtMs: number;
  levelDbov: number;
  active: boolean;
  /** The last frame before transmission was switched off. */
  last: boolean;
}

/**
 * Turns frames of PCM into a published stream: level, voice activity, silence suppression, Opus, as much of it as the
 * room's uplink has room for.
 *
 * @example
 * const publisher = await VoicePublisher.open(room, { bitrate: 24_000, dtx: true });
 * // 20 ms of 48 kHz at a time, as it is captured:
 * publisher.push(pcm, room.clock.now());
 */
export class VoicePublisher {
  /** While false, levels are told but nothing is sent: push-to-talk. */
  transmitting = true;
  readonly #room: Room;
  readonly #options: VoicePublisherOptions;
  readonly #durationMs: number;
  readonly #activity: VoiceActivityDetector;
  readonly #voiceBand = new VoiceBand();
  readonly #packer: FramePacker;
  readonly #encoder: SwitchingEncoder<Encoding>;
  readonly #agreement: CodecAgreement;
  readonly #stopListening: () => void;
  #bitrate: number;
  #dtx: boolean;
  #silentMs: number;
  /** Encoded while silent: kept for the next spurt. */
  #lead: OutgoingFrame[] = [];
  #suppressed = true;
  #wasTransmitting = false;

  /** @throws PartylineError `invalid_option`, `codec_failed` */
  static async open(room: Room, options: VoicePublisherOptions = {}): Promise<VoicePublisher> {
    if (options.codec !== undefined) checkFormats([options.codec]);
    const publisher = new VoicePublisher(room, options);
    try {
      await publisher.#agreement.begin();
    } catch (cause) {
      publisher.close();
      throw encoderError(cause);
    }
    publisher.#keepTo(room.pace);
    return publisher;
  }

  private constructor(room: Room, options: VoicePublisherOptions) {
    this.#room = room;
    this.#options = options;
    this.#durationMs = options.frameMs ?? 20;
    this.#activity = new VoiceActivityDetector({ frameMs: this.#durationMs });
    this.#silentMs = TAIL_MS;
    this.#bitrate = options.bitrate ?? DEFAULT_OPUS_BITRATE;
    this.#dtx = options.dtx === true;
    this.#packer = new FramePacker((frame) => room.publishFrame(frame));
    this.#encoder = new SwitchingEncoder(
      {
        frameMs: options.frameMs ?? 20,
        bitrate: this.#bitrate,
        engine: options.engine ?? 'auto',
        onError: (cause) => options.onError?.(encoderError(cause)),
      },
      (payload, encoding, chain) => this.#encoded(payload, encoding, chain),
    );
    this.#agreement = new CodecAgreement(room, this.#encoder, options.codec ?? 'opus/48000', {
      changed: (codec) => options.onCodec?.(codec),
      error: (error) => options.onError?.(error),
    });
    this.#stopListening = room.on('pace', (pace) => this.#keepTo(pace));
  }

  /** What is sent now: what was asked for, if everybody in the room can decode it. */
  get codec(): CodecFormat {
    return (this.#encoder.format?.name as CodecFormat | undefined) ?? this.#options.codec ?? 'opus/48000';
  }

  /**
   * Sends another codec from one of the next frames on, without a gap; see {@link VoicePublisherOptions.codec}.
   * @throws PartylineError `invalid_option`, `codec_failed`; then the one before goes on
   */
  async setCodec(codec: CodecFormat): Promise<void> {
    checkFormats([codec]);
    try {
      await this.#agreement.want(codec);
    } catch (cause) {
      throw encoderError(cause);
    }
  }

  /** Samples in each frame that `push` takes. */
  get frameSamples(): number {
    return (this.#durationMs * VOICE_SAMPLE_RATE) / 1000;
  }

  /** @param capturedAtMs of the first sample, cluster ms since the epoch */
  push(pcm: Float32Array, capturedAtMs: number): void {
    const levelDbov = audioLevelDbov(pcm);
    const active = this.#activity.update(this.#voiceBand.levelDbov(pcm));
    this.#options.onLevel?.(levelDbov, active);
    const last = this.#wasTransmitting && !this.transmitting;
    this.#wasTransmitting = this.transmitting;
    if (!this.transmitting && !last) return;
    this.#encoder.encode(pcm, { capturedAtMs, levelDbov, active, last });
  }

  /** What is aimed at, bit/s, 6,000 to 510,000; less is sent while the uplink has no room for it. */
  setBitrate(bps: number): void {
    this.#bitrate = bps;
    this.#keepTo(this.#room.pace);
  }

  /** Gives the encoder back; nothing is sent afterwards. */
  close(): void {
    this.#stopListening();
    this.#packer.flush();
    this.#agreement.close();
    this.#encoder.close();
  }

  #keepTo({ maxBitrateBps, minFrameMs, dtx }: Pace): void {
    this.#encoder.setBitrate(Math.min(this.#bitrate, maxBitrateBps ?? this.#bitrate));
    this.#packer.minFrameMs = minFrameMs;
    this.#dtx = dtx || this.#options.dtx === true;
  }

  #encoded(payload: Uint8Array, encoding: Encoding, { format, delayMs }: EncodingChain): void {
    const { last, capturedAtMs, ...measured } = encoding;
    const frame: OutgoingFrame = {
      ...measured,
      capturedAtMs: capturedAtMs - delayMs,
      payload,
      codec: idOf(format),
      durationMs: this.#durationMs,
      flags: format.codec === 'opus' ? FLAG_FEC : 0,
      spurtEnd: last,
    };
    if (last) {
      if (!this.#dtx || !this.#suppressed) this.#packer.push(frame);
      this.#lead = [];
      this.#suppressed = true;
      this.#silentMs = TAIL_MS;
      return;
    }
    this.#silentMs = encoding.active ? 0 : this.#silentMs + this.#durationMs;
    if (!this.#dtx) {
      this.#lead = [];
      this.#suppressed = false;
      this.#packer.push(frame);
      return;
    }
    if (this.#silentMs <= TAIL_MS) this.#publishSpurt(frame);
    else this.#keepForLead(frame);
  }

  #publishSpurt(frame: OutgoingFrame): void {
    if (this.#suppressed) {
      for (const early of this.#lead) {
        this.#packer.push({ ...early, flags: (early.flags ?? 0) | FLAG_PRE_ROLL });
      }
      this.#lead = [];
      this.#suppressed = false;
    }
    const last = this.#silentMs + this.#durationMs > TAIL_MS;
    this.#packer.push(last ? { ...frame, spurtEnd: true } : frame);
  }

  #keepForLead(frame: OutgoingFrame): void {
    this.#suppressed = true;
    this.#lead.push(frame);
    if (this.#lead.length > LEAD_FRAMES) this.#lead.shift();
  }
}

const encoderError = (cause: unknown): PartylineError => {
  if (cause instanceof PartylineError) return cause;
  const invalid = (cause as { code?: unknown }).code === 'invalid_option';
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PartylineError(invalid ? 'invalid_option' : 'codec_failed', `No encoder: ${why}`, { cause });
};
