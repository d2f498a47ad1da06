import type { DeviceChange } from '@partyline/client/browser';
import { strings } from './strings.ts';

/** What is said about one kind of device. */
interface Words {
  fellBack(name: string): string;
  cameBack(name: string): string;
}

/** Puts into words that a device was unplugged and what is used instead; what the person changed needs no words. */
export class DeviceNews {
  readonly #words: () => Words;
  #standsIn = false;

  /** @param words asked each time, as the language may change meanwhile */
  constructor(words: () => Words) {
    this.#words = words;
  }

  /**
   * What to say about a change.
   * @param byHand the person is choosing devices at the moment
   */
  of({ name, because }: DeviceChange, byHand: boolean): string | undefined {
    const wasStandIn = this.#standsIn;
    this.#standsIn = because === 'lost';
    const shown = name || strings.sound.systemDefault;
    if (this.#standsIn) return this.#words().fellBack(shown);
    return wasStandIn && !byHand ? this.#words().cameBack(shown) : undefined;
  }
}

export const microphoneNews = (): DeviceNews => new DeviceNews(() => strings.banner.microphone);
export const loudspeakerNews = (): DeviceNews => new DeviceNews(() => strings.banner.loudspeaker);
