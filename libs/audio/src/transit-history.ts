/** Arrivals are summed up window by window; a window is closed after this time. */
const WINDOW_MS = 1000;
/** Windows whose fastest frame is the base; the clocks of both ends drift apart by 2 ms within them at most. */
const RECENT_WINDOWS = 10;
/** Windows that are remembered by how much slower than the base their slowest frame was. */
const OLDER_WINDOWS = 70;
/** Frames that arrive closer together than this are one burst and belong into one window. */
const BURST_GAP_MS = 4;
/** After this time that a speaker said nothing the clocks may have drifted apart, so the base is measured anew. */
const STALE_MS = WINDOW_MS * RECENT_WINDOWS;
/** A window counts 1/e of the newest one after this many others. */
const MEMORY_WINDOWS = 20;
const FADE = Math.exp(-1 / MEMORY_WINDOWS);
/** As many windows as this are taken to have been like the first guess, so that the first second does not decide alone. */
const GUESSED_WINDOWS = 4;
/**
 * When a stream begins its frames wait for a decoder, 50 to 70 ms in a browser, and for a page that builds itself up: for this long they
 * ask for a little wait only. What jitters by itself goes on jittering.
 */
const SETTLING_MS = 500;
const SETTLING_SPREAD_MS = 30;
/** What a stream's frames are taken to differ by before anything was seen: the scheduling noise of two ends. */
const FIRST_SPREAD_MS = 12;
/**
 * Delay that one break in a second would be worth, ms. What happens every second is waited for whatever it takes; for
 * a break that was alone for long nobody waits longer than 1000 / 20 = 50 ms, and ever less as it is forgotten.
 */
const BREAK_COST_MS = 1000;
/** Most by which the wait becomes less in one window: what is given back fits between words, a little each time. */
const FALL_MS = 4;

/**
 * Remembers how long frames were under way, on whatever clocks: only differences count. From that comes how much
 * longer than for the fastest frame one should wait: as long as it costs less than the breaks that it saves.
 */
export class TransitHistory {
  /** Recent windows, as transit times. */
  readonly #fastestMs = new Float64Array(RECENT_WINDOWS);
  readonly #slowestMs = new Float64Array(RECENT_WINDOWS);
  /** The base of the window's own time. */
  readonly #thenBaseMs = new Float64Array(RECENT_WINDOWS);
  /** Older windows, by how much their slowest frame was above the base of their time. */
  readonly #olderMs = new Float64Array(OLDER_WINDOWS);
  readonly #candidates = new Float64Array(RECENT_WINDOWS + OLDER_WINDOWS + 1);
  readonly #weights = new Float64Array(RECENT_WINDOWS + OLDER_WINDOWS + 1);
  readonly #order: number[] = [];
  /** Windows since the beginning. */
  #count = 0;
  #olderCount = 0;
  #olderAt = 0;
  #current = 0;
  #recentCount = 0;
  #windowStartMs = 0;
  #settledAtMs = 0;
  #lastMs = 0;
  #lastCaptureMs = 0;
  #baseMs = 0;
  #spreadMs = FIRST_SPREAD_MS;
  /** As the window began. */
  #spreadThenMs = FIRST_SPREAD_MS;

  /** Whether anything was seen. */
  get known(): boolean {
    return this.#recentCount > 0;
  }

  /** Whether a stream has only just begun, and frames say nothing about the wait yet. */
  get settling(): boolean {
    return this.#lastMs < this.#settledAtMs;
  }

  /** Transit time of the fastest recent frame. */
  get baseMs(): number {
    return this.#baseMs;
  }

  /** How long to wait, beyond the fastest frame. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /**
   * Takes the transit time of a frame that came at `nowMs`.
   * @returns by how many ms it was slower than the fastest recent one
   */
  update(transitMs: number, nowMs: number): number {
    if (this.#recentCount === 0) {
      this.#beginBase(transitMs, nowMs);
      this.#settledAtMs = nowMs + SETTLING_MS;
    } else if (nowMs - transitMs - this.#lastCaptureMs > STALE_MS) this.#rebase(transitMs, nowMs);
    else {
      const windowOver = nowMs - this.#windowStartMs >= WINDOW_MS;
      if (windowOver && nowMs - this.#lastMs > BURST_GAP_MS) this.#nextWindow(nowMs);
    }
    this.#lastMs = nowMs;
    this.#lastCaptureMs = nowMs - transitMs;
    const at = this.#current;
    const extreme = transitMs < this.#fastestMs[at]! || transitMs > this.#slowestMs[at]!;
    this.#fastestMs[at] = Math.min(this.#fastestMs[at]!, transitMs);
    const counted =
      nowMs < this.#settledAtMs ? Math.min(transitMs, this.#fastestMs[at]! + SETTLING_SPREAD_MS) : transitMs;
    this.#slowestMs[at] = Math.max(this.#slowestMs[at]!, counted);
    if (extreme) this.#summarise();
    return transitMs - this.#baseMs;
  }

  /** All transit times became longer (or, negative, shorter) by so much at once: a clock was set, or stood still. */
  shift(byMs: number): void {
    for (let i = 0; i < RECENT_WINDOWS; i += 1) {
      this.#fastestMs[i] = this.#fastestMs[i]! + byMs;
      this.#slowestMs[i] = this.#slowestMs[i]! + byMs;
      this.#thenBaseMs[i] = this.#thenBaseMs[i]! + byMs;
    }
    this.#baseMs += byMs;
  }

  /** Forgets everything, as after a clock was set. */
  reset(): void {
    this.#count = 0;
    this.#olderCount = 0;
    this.#olderAt = 0;
    this.#recentCount = 0;
    this.#spreadMs = FIRST_SPREAD_MS;
    this.#spreadThenMs = FIRST_SPREAD_MS;
  }

  #beginBase(transitMs: number, nowMs: number): void {
    this.#recentCount = 1;
    this.#current = 0;
    this.#count += 1;
    this.#windowStartMs = nowMs;
    this.#fastestMs[0] = Number.POSITIVE_INFINITY;
    this.#slowestMs[0] = Number.NEGATIVE_INFINITY;
    this.#baseMs = transitMs;
  }

  /** Keeps how much frames differed, and measures anew from where. */
  #rebase(transitMs: number, nowMs: number): void {
    const first = (this.#current + RECENT_WINDOWS - this.#recentCount + 1) % RECENT_WINDOWS;
    for (let i = 0; i < this.#recentCount; i += 1) this.#grow((first + i) % RECENT_WINDOWS);
    this.#beginBase(transitMs, nowMs);
  }

  #nextWindow(nowMs: number): void {
    this.#spreadThenMs = this.#spreadMs;
    this.#current = (this.#current + 1) % RECENT_WINDOWS;
    if (this.#recentCount === RECENT_WINDOWS) this.#grow(this.#current);
    else this.#recentCount += 1;
    this.#count += 1;
    this.#windowStartMs = nowMs;
    this.#fastestMs[this.#current] = Number.POSITIVE_INFINITY;
    this.#slowestMs[this.#current] = Number.NEGATIVE_INFINITY;
  }

  /** A recent window becomes an older one. */
  #grow(window: number): void {
    this.#olderMs[this.#olderAt] = this.#spreadOf(window);
    this.#olderAt = (this.#olderAt + 1) % OLDER_WINDOWS;
    this.#olderCount = Math.min(OLDER_WINDOWS, this.#olderCount + 1);
  }

  /** How much slower than the fastest of its time a window's slowest frame was: the way may have become faster since. */
  #spreadOf(window: number): number {
    return this.#slowestMs[window]! - this.#thenBaseMs[window]!;
  }

  #summarise(): void {
    let base = Number.POSITIVE_INFINITY;
    for (let age = 0; age < this.#recentCount; age += 1) {
      base = Math.min(base, this.#fastestMs[(this.#current - age + RECENT_WINDOWS) % RECENT_WINDOWS]!);
    }
    // What is waited beyond a base that rose is less already, and need not become so by and by.
    this.#spreadThenMs -= Math.max(0, base - this.#baseMs);
    this.#baseMs = base;
    this.#thenBaseMs[this.#current] = base;
    // A base that rose was too low all the while: what made the way faster is longer ago than these windows.
    for (let age = 0; age < this.#recentCount; age += 1) {
      const window = (this.#current - age + RECENT_WINDOWS) % RECENT_WINDOWS;
      this.#thenBaseMs[window] = Math.max(this.#thenBaseMs[window]!, base);
    }
    this.#spreadMs = Math.max(0, this.#spreadThenMs - FALL_MS, this.#cheapest(this.#gather()));
  }

  /** Lists how much slower each window's slowest frame was, and its weight. @returns how many there are */
  #gather(): number {
    let count = 0;
    let weight = 1;
    let sum = 0;
    for (let age = 0; age < this.#recentCount; age += 1) {
      const window = (this.#current - age + RECENT_WINDOWS) % RECENT_WINDOWS;
      this.#candidates[count] = this.#spreadOf(window);
      this.#weights[count] = weight;
      sum += weight;
      weight *= FADE;
      count += 1;
    }
    for (let age = 1; age <= this.#olderCount; age += 1) {
      this.#candidates[count] = this.#olderMs[(this.#olderAt - age + OLDER_WINDOWS) % OLDER_WINDOWS]!;
      this.#weights[count] = weight;
      sum += weight;
      weight *= FADE;
      count += 1;
    }
    this.#candidates[count] = FIRST_SPREAD_MS;
    this.#weights[count] = GUESSED_WINDOWS * FADE ** this.#count;
    sum += this.#weights[count]!;
    count += 1;
    for (let i = 0; i < count; i += 1) this.#weights[i] = this.#weights[i]! / sum;
    return count;
  }

  /** The wait for which wait and breaks together cost least. */
  #cheapest(count: number): number {
    this.#order.length = count;
    for (let i = 0; i < count; i += 1) this.#order[i] = i;
    this.#order.sort((a, b) => this.#candidates[b]! - this.#candidates[a]!);
    let best = 0;
    let leastCost = Number.POSITIVE_INFINITY;
    let broken = 0;
    for (const index of this.#order) {
      const waitMs = this.#candidates[index]!;
      const cost = waitMs + BREAK_COST_MS * broken;
      if (cost < leastCost) {
        leastCost = cost;
        best = waitMs;
      }
      broken += this.#weights[index]!;
    }
    return best;
  }
}
