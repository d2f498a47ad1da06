import { joinRoom, type Room, VoiceDecoders } from '@partyline/client';
import { nodeNetwork, VoiceSource } from '@partyline/client/node';
import type { CodecFormat } from '@partyline/protocol';
import type { System } from '../../support/system.ts';

const SAMPLES_PER_MS = 48;
/** Voice is put where it was captured, from this long before the call on. */
const LEAD_MS = 1_000;

/** What came of one speaker, in the time of its capture. */
export class HeardVoice {
  readonly codecs = new Set<string>();
  frames = 0;
  lost = 0;
  concealedMs = 0;
  readonly pcm: Float32Array;
  readonly #fromMs: number;

  constructor(fromMs: number, seconds: number) {
    this.#fromMs = fromMs - LEAD_MS;
    this.pcm = new Float32Array((seconds * 1_000 + LEAD_MS) * SAMPLES_PER_MS);
  }

  put(pcm: Float32Array, capturedAtMs: number): void {
    const at = Math.round((capturedAtMs - this.#fromMs) * SAMPLES_PER_MS);
    const from = Math.max(0, -at);
    const to = Math.min(pcm.length, this.pcm.length - at);
    if (to > from) this.pcm.set(pcm.subarray(from, to), at + from);
  }
}

export interface PersonOptions {
  identity: string;
  /** What it would like to send. */
  codec: CodecFormat;
  /** What it can decode. */
  decodes: readonly CodecFormat[];
  seconds: number;
}

/** Somebody in the call, who speaks one codec and hears all. */
export class Person {
  readonly identity: string;
  readonly room: Room;
  readonly source: VoiceSource;
  /** What was said of codecs, as a person would be told. */
  readonly told: string[] = [];
  readonly #heard = new Map<string, HeardVoice>();
  readonly #seconds: number;
  readonly #decoders: VoiceDecoders;
  #beganMs = 0;

  static async join(system: System, name: string, options: PersonOptions): Promise<Person> {
    const { identity, decodes, codec } = options;
    const room = await joinRoom({
      url: system.apiUrls[0]!,
      room: name,
      token: await system.token({ room: name, identity }),
      codecs: decodes,
      network: nodeNetwork({ insecure: false }),
    });
    await room.whenReady();
    const told: string[] = [];
    const source = await VoiceSource.open(room, {
      engine: 'wasm',
      codec,
      onCodec: (now) => told.push(`sends ${now}`),
      onError: (error) => told.push(error.message),
    });
    return new Person(room, source, told, options);
  }

  private constructor(room: Room, source: VoiceSource, told: string[], { identity, seconds }: PersonOptions) {
    this.identity = identity;
    this.room = room;
    this.source = source;
    this.told = told;
    this.#seconds = seconds;
    this.begin();
    const of = (speaker: string): HeardVoice => {
      const known = this.#heard.get(speaker) ?? new HeardVoice(this.#beganMs, this.#seconds);
      this.#heard.set(speaker, known);
      return known;
    };
    const names = new Map<number, string>();
    room.on('frame', ({ identity: speaker, streamId, frame, lostBefore }) => {
      names.set(streamId, speaker);
      const heard = of(speaker);
      heard.codecs.add(`${frame.codec}`);
      heard.frames += 1;
      heard.lost += lostBefore;
    });
    this.#decoders = new VoiceDecoders(
      room,
      ({ streamId, pcm, capturedAtMs, concealed }) => {
        const heard = of(names.get(streamId) ?? '');
        if (concealed) heard.concealedMs += pcm.length / SAMPLES_PER_MS;
        heard.put(pcm, capturedAtMs);
      },
      { engine: 'wasm', onError: (error) => told.push(error.message) },
    );
  }

  /** Forgets what was heard so far. */
  begin(): void {
    this.#beganMs = this.room.clock.now();
    this.#heard.clear();
  }

  /** @throws Error if nothing came of that speaker */
  heardOf(speaker: string): HeardVoice {
    const heard = this.#heard.get(speaker);
    if (heard === undefined) throw new Error(`${this.identity} heard nothing of ${speaker}`);
    return heard;
  }

  async leave(): Promise<void> {
    this.source.close();
    this.#decoders.close();
    await this.room.leave();
  }
}
