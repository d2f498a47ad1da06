import { registerAacEncoder } from '@mediabunny/aac-encoder';
import {
  AudioSample,
  AudioSampleSource,
  EncodedAudioPacketSource,
  EncodedPacket,
  Mp4OutputFormat,
  NullTarget,
  Output,
} from 'mediabunny';
import { containerTarget } from '../store/container-target.ts';
import type { StoredFile } from '../store/store.ts';
import { SAMPLE_RATE } from '../units.ts';
import type { MixFile } from './mix-file.ts';

const BITRATE_BPS = 96_000;
const FRAME_SAMPLES = 1_024;
/** A killed process loses no more than this, s. */
const FRAGMENT_SECONDS = 1;

/**
 * AAC in fragmented MP4, whose fragments can be played without what follows. The encoder's first packet is from before
 * the sound (priming) and is left out: a fragmented file has no edit list to say so. A file ends with a whole frame, so
 * it is up to 10.7 ms longer or shorter than the sound.
 */
export class M4aFile implements MixFile {
  readonly file: StoredFile;
  readonly #encoder: Output;
  readonly #container: Output;
  readonly #sound: AudioSampleSource;
  readonly #packets = new EncodedAudioPacketSource('aac');
  #samples = 0;
  #encoded = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #failure: Error | undefined;
  #last: Promise<void>;
  #written: Promise<void>;

  constructor(file: StoredFile) {
    registerAacEncoder();
    this.file = file;
    this.#sound = new AudioSampleSource({
      codec: 'aac',
      bitrate: BITRATE_BPS,
      onEncodedPacket: (packet, meta) => this.#put(packet, meta),
    });
    this.#encoder = new Output({
      format: new Mp4OutputFormat({ fastStart: 'fragmented' }),
      target: new NullTarget(),
    });
    this.#encoder.addAudioTrack(this.#sound);
    this.#container = new Output({
      format: new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: FRAGMENT_SECONDS }),
      target: containerTarget(file),
    });
    this.#container.addAudioTrack(this.#packets);
    this.#last = this.#encoder.start();
    this.#written = this.#container.start();
    for (const started of [this.#last, this.#written]) started.catch((cause) => this.#failed(cause));
  }

  get failure(): Error | undefined {
    return this.#failure ?? this.file.failure;
  }

  write(pcm: Float32Array): void {
    const timestamp = this.#samples / SAMPLE_RATE;
    this.#samples += pcm.length;
    this.#last = this.#last
      .then(async () => {
        if (this.failure !== undefined) return;
        const sample = new AudioSample({
          data: pcm,
          format: 'f32',
          numberOfChannels: 1,
          sampleRate: SAMPLE_RATE,
          timestamp,
        });
        await this.#sound.add(sample);
        sample.close();
      })
      .catch((cause) => this.#failed(cause));
  }

  async close(): Promise<void> {
    this.#wanted = Math.round(this.#samples / FRAME_SAMPLES);
    try {
      await this.#last;
      await this.#encoder.finalize();
      await this.#written;
      await this.#container.finalize();
    } catch (cause) {
      this.#failed(cause);
    }
    await this.file.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #put(packet: EncodedPacket, meta: EncodedAudioChunkMetadata | undefined): void {
    const index = this.#encoded - 1;
    this.#encoded += 1;
    if (meta?.decoderConfig !== undefined) this.#meta = meta;
    if (index < 0 || index >= this.#wanted) return;
    const at = (index * FRAME_SAMPLES) / SAMPLE_RATE;
    const moved = new EncodedPacket(packet.data, 'key', at, FRAME_SAMPLES / SAMPLE_RATE);
    const told = index === 0 ? this.#meta : undefined;
    this.#written = this.#written
      .then(() => (this.failure === undefined ? this.#packets.add(moved, told) : undefined))
      .catch((cause) => this.#failed(cause));
  }

  #meta: EncodedAudioChunkMetadata | undefined;

  #failed(cause: unknown): void {
    this.#failure ??= cause instanceof Error ? cause : new Error(String(cause));
  }
}
