import { countText, type LaneReading, percentText, secondsText } from '@partyline/status';
import { byId, element, KeyedChildren, setAttribute, setText } from './element.ts';
import { GRADE_WORDS } from './grade-words.ts';
import { HeatStrip } from './heat-strip.ts';
import type { Watch, WatchedLane } from './watch.ts';

/** Lanes shown at most: with many regions the bus has one for each pair. */
const MAX_LANES = 40;

/** A lane, and how far back its picture reaches. */
interface Shown {
  watched: WatchedLane;
  pictureMs: number;
}

/** One hop: its picture and its figures. */
class LaneView {
  readonly root: HTMLElement;
  readonly #badge = element('span', { class: 'badge' });
  readonly #strip: HeatStrip;
  readonly #figures = new Map<string, HTMLElement>();
  readonly #reasons = element('p', { class: 'reasons' });

  constructor({ watched: { lane, boundsSeconds } }: Shown) {
    this.#strip = new HeatStrip(lane, boundsSeconds);
    const figures = element('dl', { class: 'figures' });
    for (const name of ['p50', 'p95', 'p99', 'frames/s', 'lost']) {
      const value = element('dd');
      this.#figures.set(name, value);
      figures.append(element('div', {}, element('dt', { text: name }), value));
    }
    this.root = element(
      'article',
      { class: 'lane', 'data-key': lane.key, 'aria-label': lane.title },
      element(
        'div',
        { class: 'name' },
        element('h3', {}, lane.title, ' ', this.#badge),
        element('p', { class: 'about', text: lane.about }),
      ),
      this.#strip.root,
      element('div', { class: 'right' }, figures, this.#reasons),
    );
  }

  update({ watched, pictureMs }: Shown): void {
    const { reading } = watched;
    setAttribute(this.root, 'data-grade', reading.grade);
    setText(this.#badge, GRADE_WORDS[reading.grade]);
    this.#set('p50', secondsText(reading.p50Seconds));
    this.#set('p95', secondsText(reading.p95Seconds), reading.latencyGrade);
    this.#set('p99', secondsText(reading.p99Seconds));
    this.#set('frames/s', countText(reading.framesPerSecond));
    this.#set('lost', reading.lossGrade === 'idle' ? '–' : percentText(reading.lostShare), reading.lossGrade);
    setText(this.#reasons, reasonsText(reading));
    this.#strip.draw(watched, pictureMs);
  }

  #set(name: string, text: string, grade = ''): void {
    const value = this.#figures.get(name)!;
    setText(value, text);
    setAttribute(value, 'data-grade', grade);
  }
}

const reasonsText = ({ lost, leftOut }: LaneReading): string => {
  const list = (reasons: LaneReading['lost']): string =>
    reasons.map(([reason, frames]) => `${reason.replaceAll('_', ' ')} ${countText(frames)}`).join(', ');
  return [lost.length > 0 && `lost: ${list(lost)}`, leftOut.length > 0 && `left out: ${list(leftOut)}`]
    .filter(Boolean)
    .join('; ');
};

/** The hops in the order in which a frame passes them. */
export class LanesView {
  readonly #lanes = new KeyedChildren(byId('lanes'), (shown: Shown) => new LaneView(shown));

  show({ lanes, pictureMs }: Watch): void {
    // Too many are only ever those of the bus: what nothing passes goes first.
    const busy = lanes.filter(({ lane, reading }) => lane.hop !== 'bus' || reading.grade !== 'idle');
    const kept = lanes.length <= MAX_LANES ? lanes : busy.slice(0, MAX_LANES);
    this.#lanes.update(
      kept.map((watched) => ({ watched, pictureMs })),
      ({ watched }) => watched.lane.key,
    );
    setText(byId('lanes-about'), `pictures: last ${pictureMs / 60_000} min, figures: last 30 s`);
  }
}
