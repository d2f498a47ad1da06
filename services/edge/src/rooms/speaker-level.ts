/** Opus sends at most 3 bytes for silence it does not transmit; more than this is sound of some kind. */
const SILENCE_PAYLOAD_BYTES = 8;
/** A stream that never was quiet is measured from here, and no quieter floor counts for more. In dBov. */
const LOWEST_FLOOR_DB = -60;
/** The floor is the quietest frame of the last four of these, in ms. */
const FLOOR_PART_MS = 1_000;
const FLOOR_PARTS = 4;
/** How much of a rise in level is believed with one frame. */
const ATTACK = 0.6;
/** How fast a fall in level is believed, in dB per ms. */
const RELEASE_DB_PER_MS = 0.025;
/** Nobody is more than this above the floor, in dB: beyond it everybody is just loud. */
const MAX_SCORE_DB = 50;

/**
 * How loud a stream is above its own noise. Levels are the client's claim, so they are not compared as they
 * come: who claims to be loud without a pause has a floor as high as its level, and a score of zero.
 */
export class SpeakerLevel {
  /** Smoothed level in dBov, negative. */
  #levelDb = LOWEST_FLOOR_DB;
  readonly #parts = new Float64Array(FLOOR_PARTS).fill(LOWEST_FLOOR_DB);
  #part = 0;
  #partEndsAtMs = 0;
  #floorDb = LOWEST_FLOOR_DB;
  #seenAtMs = 0;

  /** Whether a frame is voice: its own word, unless its payload is as small as silence. */
  static isVoice(active: boolean, payloadBytes: number): boolean {
    return active && payloadBytes > SILENCE_PAYLOAD_BYTES;
  }

  /**
   * Takes one frame.
   * @param level RFC 6464: 0 is the loudest, 127 silence
   */
  observe(level: number, nowMs: number): void {
    const db = -level;
    if (this.#seenAtMs === 0) this.#partEndsAtMs = nowMs + FLOOR_PART_MS;
    this.#decay(nowMs);
    if (db > this.#levelDb) this.#levelDb += (db - this.#levelDb) * ATTACK;
    if (nowMs >= this.#partEndsAtMs) this.#nextPart(nowMs);
    const heard = db < LOWEST_FLOOR_DB ? LOWEST_FLOOR_DB : db;
    if (heard < this.#parts[this.#part]!) {
      this.#parts[this.#part] = heard;
      if (heard < this.#floorDb) this.#floorDb = heard;
    }
  }

  /** dB above the stream's own floor at this time, 0 … 50. */
  score(nowMs: number): number {
    this.#decay(nowMs);
    const score = this.#levelDb - this.#floorDb;
    return score < 0 ? 0 : score > MAX_SCORE_DB ? MAX_SCORE_DB : score;
  }

  /** The smoothed level as RFC 6464 has it. */
  get level(): number {
    return Math.min(127, Math.max(0, Math.round(-this.#levelDb)));
  }

  #decay(nowMs: number): void {
    if (nowMs > this.#seenAtMs) {
      if (this.#seenAtMs > 0) this.#levelDb -= (nowMs - this.#seenAtMs) * RELEASE_DB_PER_MS;
      if (this.#levelDb < LOWEST_FLOOR_DB) this.#levelDb = LOWEST_FLOOR_DB;
      this.#seenAtMs = nowMs;
    }
  }

  #nextPart(nowMs: number): void {
    const parts = this.#parts;
    // A pause in which nothing was sent is quiet: its parts count as silence.
    let passed = Math.floor((nowMs - this.#partEndsAtMs) / FLOOR_PART_MS) + 1;
    this.#partEndsAtMs += passed * FLOOR_PART_MS;
    passed = Math.min(passed, FLOOR_PARTS);
    for (; passed > 0; passed--) {
      this.#part = (this.#part + 1) % FLOOR_PARTS;
      parts[this.#part] = passed > 1 ? LOWEST_FLOOR_DB : 0;
    }
    this.#floorDb = Math.min(...parts);
  }
}
