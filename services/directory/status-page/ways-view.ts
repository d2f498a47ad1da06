import { type LaneReading, secondsText } from '@partyline/status';
import { byId, element, KeyedChildren, setAttribute, setText } from './element.ts';
import type { Watch } from './watch.ts';

/** What a full bar may stand for, and how much of it the longest bar may take, so that its total fits behind it. */
const SCALES_SECONDS = [0.05, 0.1, 0.2, 0.4, 1, 2, 5];
const LONGEST_SHARE = 0.9;
/** Ways over the bus that are shown, the slowest. */
const MAX_WAYS = 4;

interface Part {
  key: string;
  name: string;
  seconds: number;
}

interface Way {
  name: string;
  parts: Part[];
  seconds: number;
  /** What a full bar stands for. */
  scaleSeconds: number;
}

/** The ways that frames take now, each with what its hops take on average. */
const waysOf = (readings: readonly LaneReading[]): Way[] => {
  const part = (key: string, name: string): Part[] => {
    const seconds = readings.find((reading) => reading.key === key)?.meanSeconds;
    return seconds === undefined ? [] : [{ key, name, seconds }];
  };
  const way = (name: string, middle: Part[]): Omit<Way, 'scaleSeconds'> => {
    const parts = [
      ...part('capture', 'capture'),
      ...part('uplink', 'uplink'),
      ...middle,
      ...part('downlink', 'downlink'),
      ...part('playout', 'playout'),
    ];
    return { name, parts, seconds: parts.reduce((total, { seconds }) => total + seconds, 0) };
  };
  const pairs = readings
    .filter(({ hop, meanSeconds }) => hop === 'bus' && meanSeconds !== undefined)
    .sort((one, other) => other.meanSeconds! - one.meanSeconds!)
    .slice(0, MAX_WAYS);
  const ways = [
    way('within one edge', part('edge ingress', 'edge')),
    ...pairs.map(({ key, title }) =>
      way(title.replace(/^bus /, ''), [...part(key, 'bus'), ...part('edge egress', 'edge')]),
    ),
  ].filter(({ parts }) => parts.length > 0);
  const longest = Math.max(0, ...ways.map(({ seconds }) => seconds)) / LONGEST_SHARE;
  const scaleSeconds = SCALES_SECONDS.find((scale) => scale >= longest) ?? longest;
  return ways.map((one) => ({ ...one, scaleSeconds }));
};

class PartView {
  readonly root: HTMLElement;
  readonly #name = element('span');

  constructor({ key }: Part) {
    this.root = element('span', { class: 'part', 'data-hop': key.split(' ')[0]! }, this.#name);
  }

  update({ name, seconds }: Part): void {
    const text = `${name} ${secondsText(seconds)}`;
    setText(this.#name, text);
    setAttribute(this.root, 'title', text);
    this.root.style.flexGrow = String(seconds * 1_000);
  }
}

class WayView {
  readonly root: HTMLElement;
  readonly #bar = element('div', { class: 'bar' });
  readonly #total = element('span', { class: 'total' });
  readonly #parts = new KeyedChildren(this.#bar, (part: Part) => new PartView(part));

  constructor({ name }: Way) {
    const track = element('div', { class: 'track' }, this.#bar, this.#total);
    this.root = element(
      'div',
      { class: 'way', role: 'img' },
      element('span', { class: 'label', text: name }),
      track,
    );
  }

  update({ name, parts, seconds, scaleSeconds }: Way): void {
    const list = parts.map((part) => `${part.name} ${secondsText(part.seconds)}`).join(', ');
    setAttribute(this.root, 'aria-label', `${name}: ${secondsText(seconds)}, of it ${list}`);
    this.#bar.style.width = `${(seconds / scaleSeconds) * 100}%`;
    setText(this.#total, secondsText(seconds));
    this.#parts.update(parts, ({ key }) => key);
  }
}

/** What each hop takes of the whole way, as bars. */
export class WaysView {
  readonly #root = byId('ways');
  readonly #ways = new KeyedChildren(this.#root, (way: Way) => new WayView(way));

  show({ readings }: Watch): void {
    const ways = waysOf(readings);
    setAttribute(this.#root, 'data-empty', String(ways.length === 0));
    const scale = ways[0] && `; the full width is ${secondsText(ways[0].scaleSeconds)}`;
    setText(byId('ways-about'), `mean of the last 30 s${scale ?? ''}`);
    this.#ways.update(ways, ({ name }) => name);
  }
}
