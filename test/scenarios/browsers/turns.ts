import type { CallTab } from '../../browser/call-tab.ts';
import { median } from '../../browser/timeline.ts';
import { nowMs } from '../../support/raw-client.ts';
import type { SpeechFile } from '../../support/speech.ts';
import { forMs } from '../../support/wait.ts';
import { type Cast, othersOf, type Room } from './cast.ts';

/** Buffers and clocks settle in this time after a voice begins. */
export const SETTLING_MS = 1_500;
/** What is on its way when somebody stops, and its fading out. */
export const FADING_MS = 1_500;
/** Bip, bop, bip, bop, and a second to be sure. */
const BEEPS_MS = 6_000;
const ASKING_EVERY_MS = 500;

/** A time in which something was to be heard, or nothing; epoch ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** The time in which one person talked while the others were muted. */
export interface Floor extends Span {
  /** What `getStats()` said meanwhile of the way from mouth to ear, by listener, in ms. */
  claimsMs: Map<CallTab, number>;
}

/** How long something takes. */
const timed = async (run: () => Promise<unknown>): Promise<Span> => {
  const fromMs = nowMs();
  await run();
  return { fromMs, toMs: nowMs() };
};

/** Asks until it is told to stop. */
class Claims {
  readonly #asked: Promise<void>;
  readonly #claims: Map<CallTab, number[]>;
  #over = false;

  constructor(listeners: readonly CallTab[]) {
    this.#claims = new Map(listeners.map((listener) => [listener, []]));
    this.#asked = this.#ask();
  }

  async #ask(): Promise<void> {
    await forMs(SETTLING_MS);
    while (!this.#over) {
      for (const [listener, claims] of this.#claims) {
        const claimMs = await listener.mouthToEarMs();
        if (claimMs !== undefined && !this.#over) claims.push(claimMs);
      }
      await forMs(ASKING_EVERY_MS);
    }
  }

  /** The middle of each listener's. */
  async end(): Promise<Map<CallTab, number>> {
    this.#over = true;
    await this.#asked;
    return new Map([...this.#claims].map(([listener, claims]) => [listener, median(claims)]));
  }
}

/** One person talks for a while; the others see it, and see it end. */
const takeTheFloor = async (room: Room, speaker: CallTab, talk: () => Promise<void>): Promise<Floor> => {
  const others = othersOf(room, speaker);
  await speaker.press('Unmute');
  const claims = new Claims(others);
  const span = await timed(() =>
    Promise.all([talk(), ...others.map((other) => other.sees(speaker.name, 'speaking'))]),
  );
  const claimsMs = await claims.end();
  await speaker.press('Mute');
  for (const other of others) await other.sees(speaker.name, 'muted');
  await forMs(FADING_MS);
  return { ...span, claimsMs };
};

/** Two rounds of a file and a bit, so that a whole round is in it after voices have settled. */
const talking = ({ seconds }: SpeechFile): Promise<void> => forMs(2.1 * 1_000 * seconds + SETTLING_MS);

/** Ada talks from Chromium. */
export const adaTalks = (cast: Cast, room: Room): Promise<Floor> =>
  takeTheFloor(room, room.ada, () => talking(cast.adaSpeech));

/** Grace talks from Firefox. */
export const graceTalks = (cast: Cast, room: Room): Promise<Floor> =>
  takeTheFloor(room, room.grace, () => talking(cast.graceSpeech));

/** Alan's microphone beeps from WebKit. */
export const alanBeeps = (room: Room): Promise<Floor> => takeTheFloor(room, room.alan, () => forMs(BEEPS_MS));

/** Nobody talks for a while. */
export const silence = async (lengthMs: number): Promise<Span> => {
  await forMs(FADING_MS);
  return timed(() => forMs(lengthMs));
};

/** Somebody talks to all, and one of them has switched off hearing; the others hear it all the same. */
export const talksToTheDeaf = async (
  room: Room,
  { speaker, deaf, lengthMs }: { speaker: CallTab; deaf: CallTab; lengthMs: number },
): Promise<Span> => {
  const others = othersOf(room, speaker);
  await deaf.press('Deafen');
  await speaker.press('Unmute');
  for (const other of others) await other.sees(speaker.name, 'speaking');
  await forMs(SETTLING_MS);
  const span = await timed(() => forMs(lengthMs));
  await speaker.press('Mute');
  for (const other of others) await other.sees(speaker.name, 'muted');
  await deaf.press('Deafen');
  return span;
};

/** Talks while the space bar is held, and only then; muted before and after. */
export const pushToTalk = async (room: Room, speaker: CallTab, heldMs: number): Promise<Span> => {
  const others = othersOf(room, speaker);
  await speaker.choose('Push to talk');
  // Not muted any more, and silent all the same.
  for (const other of others) await other.seesSilent(speaker.name);
  await speaker.tab.keyDown('Space');
  for (const other of others) await other.sees(speaker.name, 'speaking');
  const span = await timed(() => forMs(heldMs));
  await speaker.tab.keyUp('Space');
  for (const other of others) await other.seesSilent(speaker.name);
  await speaker.choose('Open mic');
  await speaker.press('Mute');
  for (const other of others) await other.sees(speaker.name, 'muted');
  return span;
};
