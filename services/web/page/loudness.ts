/** A frame without a successor for this long means that nobody is talking any more, in ms. */
const FRESH_MS = 300;
/** Levels that draw no ring and a full one, in dBov; ordinary speech lies between. */
const QUIET_DBOV = -60;
const LOUD_DBOV = -12;

/** How long a ring or a bar is for a level, 0 … 1. @param levelDbov as in RFC 6464: 0 is the loudest, 127 silence */
export function loudnessOf(levelDbov: number): number {
  return Math.min(1, Math.max(0, (-levelDbov - QUIET_DBOV) / (LOUD_DBOV - QUIET_DBOV)));
}

interface Heard {
  atMs: number;
  level: number;
  active: boolean;
}

/** How loud everybody is at the moment, from the levels in their frames. */
export class Loudness {
  readonly #heard = new Map<number, Heard>();

  /**
   * Notes a frame's level.
   * @param levelDbov RFC 6464: 0 is the loudest, 127 silence, in −dBov
   * @param nowMs any clock that only grows
   */
  note(streamId: number, levelDbov: number, active: boolean, nowMs: number): void {
    const level = loudnessOf(levelDbov);
    const before = this.#heard.get(streamId);
    // Rises at once and falls slowly, as the eye likes it; a frame that is not voice draws nothing.
    const smooth = before && nowMs - before.atMs < FRESH_MS ? Math.max(level, before.level * 0.85) : level;
    this.#heard.set(streamId, { atMs: nowMs, level: active ? smooth : 0, active });
  }

  /** Level 0 … 1 and whether it is voice; silence when nothing came lately. */
  of(streamId: number, nowMs: number): { level: number; speaking: boolean } {
    const heard = this.#heard.get(streamId);
    if (!heard || nowMs - heard.atMs > FRESH_MS) return { level: 0, speaking: false };
    return { level: heard.level, speaking: heard.active };
  }

  forget(streamId: number): void {
    this.#heard.delete(streamId);
  }
}
