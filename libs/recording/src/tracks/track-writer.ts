import {
  EncodedAudioPacketSource,
  EncodedPacket,
  OggOutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import { containerTarget } from '../store/container-target.ts';
import type { StoredFile } from '../store/store.ts';
import { PRE_SKIP_SAMPLES, SAMPLE_RATE } from '../units.ts';
import type { Filling } from './opus-packet.ts';

/** Containers for Opus as it came. */
export const TRACK_FORMATS = ['ogg', 'webm'] as const;
export type TrackFormat = (typeof TRACK_FORMATS)[number];

export const TRACK_TYPES: Record<TrackFormat, string> = { ogg: 'audio/ogg', webm: 'audio/webm' };

/** A killed process loses no more than this of a page that was begun, s. */
const PAGE_SECONDS = 0.5;
const CLUSTER_SECONDS = 1;
/** OpusHead (RFC 7845, 5.1): version 1, one channel. */
const identification = (): Uint8Array => {
  const head = new Uint8Array(19);
  new TextEncoder().encodeInto('OpusHead', head);
  const view = new DataView(head.buffer);
  head[8] = 1;
  head[9] = 1;
  view.setUint16(10, PRE_SKIP_SAMPLES, true);
  view.setUint32(12, SAMPLE_RATE, true);
  return head;
};

const container = (format: TrackFormat): OggOutputFormat | WebMOutputFormat =>
  format === 'ogg'
    ? new OggOutputFormat({ maximumPageDuration: PAGE_SECONDS })
    : new WebMOutputFormat({ appendOnly: true, minimumClusterDuration: CLUSTER_SECONDS });

/** One speaker's packets in a container, byte for byte as they came, with silence between them. */
export class TrackWriter {
  readonly file: StoredFile;
  readonly #output: Output;
  readonly #source = new EncodedAudioPacketSource('opus');
  #samples = 0;
  #held: Filling | undefined;
  #queue: EncodedPacket[] = [];
  #failure: Error | undefined;
  #last: Promise<void>;

  constructor(file: StoredFile, format: TrackFormat, title: string) {
    this.file = file;
    this.#output = new Output({ format: container(format), target: containerTarget(file) });
    this.#output.addAudioTrack(this.#source, { name: title });
    this.#output.setMetadataTags({ title });
    this.#last = this.#output.start();
    this.#last.catch((cause) => this.#failed(cause));
  }

  /** Why nothing more is written. */
  get failure(): Error | undefined {
    return this.#failure ?? this.file.failure;
  }

  /** The last one waits for the next: only once the track is closed is it known how much of it is to be heard. */
  add(packet: Filling): void {
    this.#putHeld();
    this.#held = packet;
  }

  /** Ends the track after `totalSamples`; what is later of the last packet is not heard. */
  async close(totalSamples: number): Promise<void> {
    const over = Math.max(0, this.#samples + (this.#held?.samples ?? 0) - totalSamples);
    this.#putHeld(over);
    try {
      await this.#last;
      await this.#output.finalize();
    } catch (cause) {
      this.#failed(cause);
    }
    await this.file.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #putHeld(overSamples = 0): void {
    if (this.#held === undefined) return;
    const { payload, samples } = this.#held;
    this.#held = undefined;
    this.#put(payload, this.#samples, samples - overSamples);
    this.#samples += samples;
  }

  #put(payload: Uint8Array, at: number, heardSamples: number): void {
    if (this.failure !== undefined) return;
    this.#queue.push(new EncodedPacket(payload, 'key', at / SAMPLE_RATE, heardSamples / SAMPLE_RATE));
    if (this.#queue.length === 1)
      this.#last = this.#last.then(() => this.#pump()).catch((cause) => this.#failed(cause));
  }

  async #pump(): Promise<void> {
    const packets = this.#queue;
    this.#queue = [];
    for (const packet of packets) {
      if (this.failure !== undefined) return;
      await this.#source.add(packet, packet.timestamp === 0 ? { decoderConfig: DECODER } : undefined);
    }
  }

  #failed(cause: unknown): void {
    this.#failure ??= cause instanceof Error ? cause : new Error(String(cause));
  }
}

const DECODER = {
  codec: 'opus',
  sampleRate: SAMPLE_RATE,
  numberOfChannels: 1,
  description: identification(),
} as const;
