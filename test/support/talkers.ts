import { nowMs } from './raw-client.ts';
import type { Voice, VoiceMoment } from './synthetic-voice.ts';

const FRAME_MS = 20;
const TICK_MS = 4;
/** Longer without a look at the clock is a pause: listeners in this process are late with their acknowledgements as well. */
const PAUSE_MS = 150;

/** Whoever can send a frame: a raw client, or the SDK. */
export interface Speaking {
  speak(moment: VoiceMoment): void;
}

interface Talker {
  client: Speaking;
  voice: Voice;
  beganAtMs: number;
  index: number;
  frameMs: number;
}

/**
 * Lets raw clients talk at the pace of a microphone, each at its own phase. A late timer is made up for by
 * sending what is due, so that the number of frames follows from time alone.
 */
export class Talkers {
  readonly #talking = new Map<Speaking, Talker>();
  readonly #timer: NodeJS.Timeout;
  #phaseMs = 0;
  #lastTickMs = nowMs();
  /** The longest time between two looks at the clock, in ms: what this machine itself adds to any delay. */
  longestTickMs = 0;
  /** Times that this process stood still, epoch ms. */
  readonly pauses: { fromMs: number; toMs: number }[] = [];

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Begins, or goes on with another voice from its beginning; a frame each `frameMs` (20). */
  say(client: Speaking, voice: Voice, frameMs = FRAME_MS): void {
    // Phases 7 ms apart spread any number of speakers over the 20 ms.
    this.#phaseMs = (this.#phaseMs + 7) % FRAME_MS;
    const known = this.#talking.get(client);
    // A microphone that goes on keeps its pace, or two frames would be captured at once.
    const beganAtMs = known === undefined ? nowMs() + this.#phaseMs : known.beganAtMs + known.index * frameMs;
    this.#talking.set(client, { client, voice, beganAtMs, index: 0, frameMs });
  }

  /** Turns the microphone off. */
  hush(...clients: Speaking[]): void {
    for (const client of clients) this.#talking.delete(client);
  }

  /** Ends everything. */
  stop(): void {
    clearInterval(this.#timer);
    this.#talking.clear();
  }

  #tick(): void {
    const now = nowMs();
    this.longestTickMs = Math.max(this.longestTickMs, now - this.#lastTickMs);
    if (now - this.#lastTickMs > PAUSE_MS) this.pauses.push({ fromMs: this.#lastTickMs, toMs: now });
    this.#lastTickMs = now;
    for (const talker of this.#talking.values()) {
      while (talker.beganAtMs + talker.index * talker.frameMs <= now) {
        const moment = talker.voice(talker.index);
        talker.index += 1;
        if (moment !== undefined) talker.client.speak(moment);
      }
    }
  }
}
