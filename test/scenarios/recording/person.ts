import { readFileSync } from 'node:fs';
import { joinRoom, type Room } from '@partyline/client';
import { readSpeech, VoiceSource } from '@partyline/client/node';
import { type SpeechFile, speechFile } from '../../support/speech.ts';
import type { System } from '../../support/system.ts';

/** A packet as it left its speaker. */
export interface SentPacket {
  payload: Uint8Array;
  /** Cluster ms since the epoch. */
  capturedAtMs: number;
}

/** Speech that somebody has spoken. */
export interface Spoken {
  speech: SpeechFile;
  /** Cluster ms since the epoch. */
  beganAtMs: number;
}

/**
 * Before the speech, so that the recorder has heard of its speaker when it begins. It is longer than the pause after
 * which a stream that comes back is placed anew.
 */
const LEAD_SAMPLES = 24_000;
const LEAD_MS = LEAD_SAMPLES / 48;
/** The last frames are in the socket when the speech ends. */
const DRAIN_MS = 250;

/** Somebody who speaks in a room with the SDK, and keeps a copy of every packet that was sent. */
export class Person {
  readonly identity: string;
  readonly sent: SentPacket[] = [];
  readonly spoken: Spoken[] = [];
  readonly #system: Pick<System, 'apiUrls' | 'token'>;
  readonly #name: string;
  readonly #directory: number;
  #room: Room | undefined;

  /** @param directory which one it joins by: on a cluster, those of each region */
  constructor(system: Pick<System, 'apiUrls' | 'token'>, room: string, identity: string, directory = 0) {
    this.#system = system;
    this.#name = room;
    this.#directory = directory;
    this.identity = identity;
  }

  /** @throws Error when nobody is in the room */
  get room(): Room {
    if (this.#room === undefined) throw new Error(`${this.identity} is not in the room`);
    return this.#room;
  }

  /** Joins, also again after {@link leave}, with the same identity and another stream. */
  async join(): Promise<void> {
    const { identity } = this;
    const room = await joinRoom({
      url: this.#system.apiUrls[this.#directory]!,
      room: this.#name,
      token: () => this.#system.token({ room: this.#name, identity }),
    });
    await room.whenReady();
    const publish = room.publishFrame.bind(room);
    room.publishFrame = (frame) => {
      const isSent = publish(frame);
      if (isSent)
        this.sent.push({ payload: frame.payload.slice(), capturedAtMs: Math.floor(frame.capturedAtMs) });
      return isSent;
    };
    this.#room = room;
  }

  /** Speaks so many seconds of speech. @param voice which one, see `speechFile` */
  async speak(seconds: number, voice: number, signal?: AbortSignal): Promise<void> {
    const speech = await speechFile({ seconds, voice });
    const pcm = await readSpeech(readFileSync(speech.path));
    const whole = new Float32Array(LEAD_SAMPLES + pcm.length);
    whole.set(pcm, LEAD_SAMPLES);
    const source = await VoiceSource.open(this.room, { engine: 'wasm' });
    const first = this.sent.length;
    await source.play(whole, signal === undefined ? {} : { signal });
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    source.close();
    this.spoken.push({ speech, beganAtMs: this.sent[first]!.capturedAtMs + LEAD_MS });
  }

  async leave(): Promise<void> {
    await this.#room?.leave();
    this.#room = undefined;
  }
}
