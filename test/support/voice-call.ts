import { prepareVoice, VoiceSink, VoiceSource } from '@partyline/client/node';
import type { Caller } from './caller.ts';
import type { System } from './system.ts';
import { holdsWithin } from './wait.ts';

const RATE = 48_000;
const VOICE_SECONDS = 6;
/** Syllables of 160 ms with 60 ms between them, by which a selector tells a voice from a hum. */
const SYLLABLE_SAMPLES = 0.22 * RATE;
const SOUNDING_SAMPLES = 0.16 * RATE;

/** A voice that Opus and selectors take for one: a saw-tooth in syllables. */
export const syllablesPcm = (pitchHz: number): Float32Array =>
  Float32Array.from({ length: VOICE_SECONDS * RATE }, (_, sample) => {
    const within = sample % SYLLABLE_SAMPLES;
    if (within > SOUNDING_SAMPLES) return 0;
    const swell = Math.sin((Math.PI * within) / SOUNDING_SAMPLES);
    return 0.3 * swell * (2 * ((sample * pitchHz) / RATE - Math.floor((sample * pitchHz) / RATE)) - 1);
  });

/**
 * One call over all edges of a system, a person on each, with real Opus: everybody decodes and plays out what the
 * others say, so that clients report all that they can.
 */
export class VoiceCall {
  readonly people: readonly Caller[];
  readonly #system: System;
  readonly #room: string;
  readonly #sinks: readonly VoiceSink[];
  readonly #sources: readonly VoiceSource[];
  readonly #over = new AbortController();
  readonly #talk: Promise<unknown>;
  #visits = 0;

  private constructor(
    system: System,
    room: string,
    people: readonly Caller[],
    sources: readonly VoiceSource[],
  ) {
    this.#system = system;
    this.#room = room;
    this.people = people;
    this.#sinks = people.map((caller) => new VoiceSink(caller.room, { onPcm: () => undefined }));
    this.#sources = sources;
    const { signal } = this.#over;
    this.#talk = Promise.all(
      sources.map((source, index) => source.play(syllablesPcm(110 + 50 * index), { loop: true, signal })),
    );
  }

  /** The people of the first and of the last edge speak, the others listen. */
  static async begin(system: System, room: string): Promise<VoiceCall> {
    await prepareVoice();
    const people: Caller[] = [];
    for (const edge of system.edges) people.push(await system.call({ room, identity: `on-${edge}`, edge }));
    const speakers = [people[0]!, people.at(-1)!];
    const sources = await Promise.all(speakers.map((caller) => VoiceSource.open(caller.room)));
    return new VoiceCall(system, room, people, sources);
  }

  /** Whether everybody has heard somebody since a moment, epoch ms. */
  flowsSince(atMs: number): boolean {
    return this.people.every((caller) => (caller.frames.at(-1)?.arrivedAtMs ?? 0) > atMs);
  }

  /** Somebody joins, hears a first word, and leaves. */
  async visit(): Promise<void> {
    this.#visits += 1;
    const edge = this.#system.edges[this.#visits % this.#system.edges.length]!;
    const caller = await this.#system.call({ room: this.#room, identity: `visitor-${this.#visits}`, edge });
    await holdsWithin(() => caller.frames.length > 0, 2_000);
    await caller.leave();
  }

  /** Everybody leaves. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#talk;
    for (const one of [...this.#sources, ...this.#sinks]) one.close();
    await Promise.all(this.people.map((caller) => caller.leave()));
  }
}
