/** `open`: the microphone is on unless muted. `push`: it is on only while somebody holds the button or key. */
export type TalkMode = 'open' | 'push';

/**
 * Decides when the microphone is on. Holding always talks: in push mode it is the way to talk, in open mode it
 * lets a muted person say something in between.
 */
export class TalkSwitch {
  readonly #onChange: (live: boolean) => void;
  readonly #holds = new Set<string>();
  #mode: TalkMode;
  #muted = false;
  #live: boolean;

  /** @param onChange told whenever the microphone goes on or off */
  constructor(mode: TalkMode, onChange: (live: boolean) => void) {
    this.#mode = mode;
    this.#onChange = onChange;
    this.#live = mode === 'open';
  }

  get mode(): TalkMode {
    return this.#mode;
  }

  /** Whether the microphone is on. */
  get live(): boolean {
    return this.#live;
  }

  setMode(mode: TalkMode): void {
    this.#mode = mode;
    // Who switches back to the open microphone expects it to be on.
    this.#muted = false;
    this.#update();
  }

  /** Mutes or unmutes the open microphone; without effect in push mode. */
  toggleMute(): void {
    if (this.#mode !== 'open') return;
    this.#muted = !this.#muted;
    this.#update();
  }

  /** @param by what is held, such as the space bar: two holds at once end when both are let go */
  hold(by: string): void {
    this.#holds.add(by);
    this.#update();
  }

  release(by: string): void {
    this.#holds.delete(by);
    this.#update();
  }

  /** Lets go of everything, as a window that loses focus never hears of the key going up. */
  releaseAll(): void {
    this.#holds.clear();
    this.#update();
  }

  #update(): void {
    const live = this.#holds.size > 0 || (this.#mode === 'open' && !this.#muted);
    if (live === this.#live) return;
    this.#live = live;
    this.#onChange(live);
  }
}
