/** `open`: the microphone is on unless muted. `push`: it is on only while somebody holds the button or key. */
export type TalkMode = 'open' | 'push';

export interface TalkListeners {
  /** The microphone goes on or off. */
  onLive(live: boolean): void;
  /** The others go silent, or are heard again. */
  onDeafened(deafened: boolean): void;
}

/**
 * Decides when the microphone is on. Holding always talks: in push mode it is the way to talk, in open mode it
 * lets a muted person say something in between. Who is deaf to the others is silent too: nobody should talk to
 * people whom they do not hear.
 */
export class TalkSwitch {
  readonly #listeners: TalkListeners;
  readonly #holds = new Set<string>();
  #mode: TalkMode;
  #muted = false;
  #deafened = false;
  #live: boolean;

  constructor(mode: TalkMode, listeners: TalkListeners) {
    this.#mode = mode;
    this.#listeners = listeners;
    this.#live = mode === 'open';
  }

  get mode(): TalkMode {
    return this.#mode;
  }

  /** Whether the microphone is on. */
  get live(): boolean {
    return this.#live;
  }

  /** Whether the others are silenced. */
  get deafened(): boolean {
    return this.#deafened;
  }

  setMode(mode: TalkMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    // Who switches back to the open microphone expects it to be on.
    this.#muted = false;
    this.#update();
  }

  /** Mutes or unmutes the open microphone; without effect in push mode. Who unmutes wants to hear, too. */
  toggleMute(): void {
    if (this.#mode !== 'open') return;
    this.#muted = !this.#deafened && !this.#muted;
    this.#setDeafened(false);
    this.#update();
  }

  /** Silences everybody and oneself, or goes back to how it was. */
  toggleDeafened(): void {
    this.#setDeafened(!this.#deafened);
    this.#update();
  }

  /** @param by what is held, such as a key: two holds at once end when both are let go */
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

  #setDeafened(deafened: boolean): void {
    if (deafened === this.#deafened) return;
    this.#deafened = deafened;
    this.#listeners.onDeafened(deafened);
  }

  #update(): void {
    const wanted = this.#holds.size > 0 || (this.#mode === 'open' && !this.#muted);
    const live = wanted && !this.#deafened;
    if (live === this.#live) return;
    this.#live = live;
    this.#listeners.onLive(live);
  }
}
