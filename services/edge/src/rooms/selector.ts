import type { SelectionMode } from '@partyline/protocol';
import { PreRoll } from './pre-roll.ts';
import { SpeakerLevel } from './speaker-level.ts';

/** Silent for this long: no longer selected; beaten for this long: no longer forwarded. In ms. */
const HANG_OVER_MS = 300;
/**
 * Silent for this long: no longer forwarded, while nobody else wants the place. In ms. Pauses between sentences are
 * shorter, and coming back out of pre-roll makes the listener's buffer jump by up to 60 ms.
 */
const LINGER_MS = 1_000;
/** Streams forwarded beyond N while they hang over. */
const EXTRA_STREAMS = 2;
/** Who is louder by less does not take another's place, in dB. */
const MARGIN_DB = 3;
/** Who talks for longer without a pause loses ties, in ms. */
const LONG_WINDED_MS = 10_000;

/** What to do with a frame. */
export const HOLD = 0;
export const FORWARD = 1;
/** Forward with the flag "selection starts", after what is kept as pre-roll. */
export const PROMOTE = 2;
/** Forward with the flag "selection ends": the stream's last for now. */
export const FORWARD_LAST = 3;
export type Decision = typeof HOLD | typeof FORWARD | typeof PROMOTE | typeof FORWARD_LAST;

type Standing = 'out' | 'selected' | 'leaving';

/** One stream as the selector sees it. */
export class Speaker {
  readonly streamId: number;
  readonly level = new SpeakerLevel();
  readonly preRoll = new PreRoll();
  mode: SelectionMode = 'auto';
  standing: Standing = 'out';
  /** Of the last frame that was voice; 0 before the first. */
  voiceAtMs = 0;
  /** Since when it talks without a pause. */
  talkingSinceMs = 0;
  /** Beaten, or silent: until when it is still forwarded. */
  leavesAtMs = 0;

  constructor(streamId: number) {
    this.streamId = streamId;
  }
}

export interface SelectorCounters {
  promotions: number;
  /** Beaten by a louder stream. */
  ousted: number;
  /** Silent for the hang-over. */
  silenced: number;
}

/**
 * Chooses the loudest N of a room's streams. One set for the whole room: what everybody hears is sent once.
 * Pure: the time comes with each call.
 */
export class Selector {
  readonly #slots: number;
  readonly #counters: SelectorCounters;
  /** Selected or leaving, in no order; never more than slots + EXTRA_STREAMS. */
  readonly #forwarded: Speaker[] = [];
  #selected = 0;
  /** Goes up with each change of who is selected. */
  version = 0;

  constructor(slots: number, counters: SelectorCounters = { promotions: 0, ousted: 0, silenced: 0 }) {
    this.#slots = slots;
    this.#counters = counters;
  }

  /** Streams that are selected, those that only hang over left out. */
  selected(): Speaker[] {
    return this.#forwarded.filter((speaker) => speaker.standing === 'selected');
  }

  /** Streams whose frames are forwarded now. */
  get forwardedCount(): number {
    return this.#forwarded.length;
  }

  /** Takes a frame's level and says what to do with the frame. */
  decide(speaker: Speaker, level: number, active: boolean, payloadBytes: number, nowMs: number): Decision {
    const voice = SpeakerLevel.isVoice(active, payloadBytes);
    speaker.level.observe(voice || !active ? level : 127, nowMs);
    if (voice) {
      if (nowMs - speaker.voiceAtMs > HANG_OVER_MS) speaker.talkingSinceMs = nowMs;
      speaker.voiceAtMs = nowMs;
    }
    if (speaker.mode === 'excluded') {
      if (speaker.standing === 'out') return HOLD;
      this.#drop(speaker);
      return FORWARD_LAST;
    }
    if (speaker.standing === 'selected') {
      if (nowMs - speaker.voiceAtMs < HANG_OVER_MS) return FORWARD;
      return this.#silence(speaker) ? FORWARD : FORWARD_LAST;
    }
    if (voice && this.#admit(speaker, nowMs)) return this.#select(speaker);
    if (speaker.standing === 'out') return HOLD;
    if (nowMs < speaker.leavesAtMs) return FORWARD;
    this.#drop(speaker);
    return FORWARD_LAST;
  }

  /** Takes out streams that stopped sending, which `decide` never hears of again. Call it every 100 ms or so. */
  tick(nowMs: number): void {
    for (let i = this.#forwarded.length - 1; i >= 0; i--) {
      const speaker = this.#forwarded[i]!;
      if (speaker.standing === 'selected' && nowMs - speaker.voiceAtMs >= HANG_OVER_MS) {
        this.#silence(speaker);
      } else if (speaker.standing === 'leaving' && nowMs >= speaker.leavesAtMs) {
        this.#drop(speaker);
      }
    }
  }

  /** The stream has ended. */
  remove(speaker: Speaker): void {
    if (speaker.standing !== 'out') this.#drop(speaker);
  }

  /** It fell silent and frees its slot. True if it is forwarded for a while yet. */
  #silence(speaker: Speaker): boolean {
    this.#counters.silenced += 1;
    if (this.#forwarded.length > this.#slots) {
      this.#drop(speaker);
      return false;
    }
    speaker.standing = 'leaving';
    speaker.leavesAtMs = speaker.voiceAtMs + LINGER_MS;
    this.#selected -= 1;
    this.version += 1;
    return true;
  }

  #admit(speaker: Speaker, nowMs: number): boolean {
    if (this.#selected < this.#slots) return true;
    let weakest: Speaker | undefined;
    let weakestScore = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#forwarded.length; i++) {
      const other = this.#forwarded[i]!;
      if (other.standing !== 'selected' || other.mode === 'pinned') continue;
      // Whoever just fell silent is the first to make room: only the others compete by loudness.
      const score = nowMs - other.voiceAtMs > HANG_OVER_MS / 3 ? -1 : other.level.score(nowMs);
      if (score < weakestScore) {
        weakest = other;
        weakestScore = score;
      }
    }
    if (weakest === undefined) return false;
    if (speaker.mode !== 'pinned' && !this.#beats(speaker, weakest, weakestScore, nowMs)) return false;
    this.#counters.ousted += 1;
    weakest.standing = 'leaving';
    weakest.leavesAtMs = nowMs + HANG_OVER_MS;
    this.#selected -= 1;
    return true;
  }

  #beats(speaker: Speaker, weakest: Speaker, weakestScore: number, nowMs: number): boolean {
    const lead = speaker.level.score(nowMs) - weakestScore;
    if (lead > MARGIN_DB) return true;
    const longWinded = nowMs - weakest.talkingSinceMs > LONG_WINDED_MS;
    return longWinded && lead >= -MARGIN_DB && nowMs - speaker.talkingSinceMs <= LONG_WINDED_MS;
  }

  #select(speaker: Speaker): Decision {
    this.#counters.promotions += 1;
    this.version += 1;
    this.#selected += 1;
    const wasForwarded = speaker.standing === 'leaving';
    speaker.standing = 'selected';
    if (wasForwarded) return FORWARD;
    if (this.#forwarded.length >= this.#slots + EXTRA_STREAMS) this.#dropEarliestLeaving();
    this.#forwarded.push(speaker);
    return PROMOTE;
  }

  #dropEarliestLeaving(): void {
    let earliest: Speaker | undefined;
    for (const speaker of this.#forwarded) {
      if (speaker.standing !== 'leaving') continue;
      if (earliest === undefined || speaker.leavesAtMs < earliest.leavesAtMs) earliest = speaker;
    }
    if (earliest !== undefined) this.#drop(earliest);
  }

  #drop(speaker: Speaker): void {
    const index = this.#forwarded.indexOf(speaker);
    if (index >= 0) this.#forwarded.splice(index, 1);
    if (speaker.standing === 'selected') this.#selected -= 1;
    speaker.standing = 'out';
    this.version += 1;
  }
}
