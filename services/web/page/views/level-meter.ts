import { element } from '../element.ts';
import { loudnessOf } from '../loudness.ts';

/** A bar as long as the microphone is loud. */
export class LevelMeter {
  readonly node: HTMLElement;
  readonly #fill = element('div', { class: 'meter-fill' });

  constructor(label: string) {
    this.node = element(
      'div',
      {
        class: 'meter',
        role: 'meter',
        'aria-label': label,
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': 0,
      },
      this.#fill,
    );
  }

  /** @param levelDbov RFC 6464: 0 is the loudest, 127 silence, in −dBov */
  show(levelDbov: number): void {
    const share = loudnessOf(levelDbov);
    this.#fill.style.setProperty('--level', share.toFixed(2));
    this.node.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  }
}
