import { countText, percentText, secondsText, verdictOf } from '@partyline/status';
import { timeText } from './clock-text.ts';
import { byId, element, KeyedChildren, setAttribute, setText } from './element.ts';
import type { Watch } from './watch.ts';

interface Figure {
  name: string;
  value: string;
  about: string;
}

class FigureView {
  readonly root: HTMLElement;
  readonly #value = element('dd');
  readonly #about = element('dd', { class: 'about' });

  constructor({ name }: Figure) {
    this.root = element('div', {}, element('dt', { text: name }), this.#value, this.#about);
  }

  update({ value, about }: Figure): void {
    setText(this.#value, value);
    setText(this.#about, about);
  }
}

/** The sentence on top, and the figures below it. */
export class HeadView {
  readonly #verdict = byId('verdict');
  readonly #headline = this.#verdict.querySelector('.headline')!;
  readonly #remarks = this.#verdict.querySelector('.remarks')!;
  readonly #figures = new KeyedChildren(byId('keys'), (figure: Figure) => new FigureView(figure));

  show(watch: Watch): void {
    const { snapshot, readings } = watch;
    if (snapshot === undefined) return;
    const { grade, headline, remarks } = verdictOf(snapshot, readings);
    // Read out when voice gets better or worse, and not with each new figure.
    if (this.#verdict.getAttribute('data-grade') !== grade) setText(byId('announcement'), headline);
    setAttribute(this.#verdict, 'data-grade', grade);
    setText(this.#headline, headline);
    if (this.#remarks.children.length !== remarks.length || this.#remarks.textContent !== remarks.join('')) {
      this.#remarks.replaceChildren(...remarks.map((text) => element('li', { text })));
    }
    const { region, version } = snapshot.directory;
    const directory = ['directory', region && `of ${region}`, version].filter(Boolean).join(' ');
    setText(byId('source'), `${timeText(snapshot.atMs)} · ${directory}`);
    this.#figures.update(figuresOf(watch), ({ name }) => name);
  }
}

const figuresOf = ({ snapshot, readings }: Watch): Figure[] => {
  const regions = snapshot?.regions ?? [];
  const total = (key: 'edges' | 'answering' | 'connections' | 'rooms' | 'participants'): number =>
    regions.reduce((sum, region) => sum + region[key], 0);
  const counted = regions.flatMap((region) => region.speakers ?? []);
  const speakers = counted.length === 0 ? undefined : counted.reduce((sum, one) => sum + one, 0);
  const whole = readings.find(({ hop }) => hop === 'mouth_to_ear');
  const uplink = readings.find(({ hop }) => hop === 'uplink');
  const [worst] = [...readings].sort((one, other) => other.lostShare - one.lostShare);
  return [
    {
      name: 'mouth to ear',
      value: secondsText(whole?.p95Seconds),
      about: `p95; p50 ${secondsText(whole?.p50Seconds)}`,
    },
    {
      name: 'worst loss',
      value: worst === undefined ? '–' : percentText(worst.lostShare),
      about: worst === undefined || worst.lostShare === 0 ? 'on any hop' : `on ${worst.title}`,
    },
    { name: 'voice in', value: countText(uplink?.framesPerSecond), about: 'frames/s from speakers' },
    {
      name: 'speakers',
      value: countText(speakers),
      about: `of ${countText(total('participants'))} participants`,
    },
    {
      name: 'connections',
      value: countText(total('connections')),
      about: `${countText(total('rooms'))} rooms on edges`,
    },
    { name: 'edges', value: countText(total('answering')), about: `answer, of ${countText(total('edges'))}` },
  ];
};
