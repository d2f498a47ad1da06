import { countText, percentText, type RegionRow } from '@partyline/status';
import { byId, element, KeyedChildren, setAttribute, setText } from './element.ts';
import { loadGrade, Meter } from './meter.ts';
import type { Watch } from './watch.ts';

class RegionView {
  readonly root: HTMLElement;
  readonly #edges = element('p', { class: 'about' });
  readonly #meter = new Meter('load of the fullest edge');
  readonly #figures = element('p');

  constructor({ region }: RegionRow) {
    const label = element('p', { class: 'about', text: 'fullest edge' });
    this.root = element(
      'article',
      { class: 'region', 'aria-label': `region ${region}` },
      element('h3', { text: region }),
      this.#edges,
      label,
      this.#meter.root,
      this.#figures,
    );
  }

  update({ edges, answering, draining, connections, rooms, speakers, highestLoad }: RegionRow): void {
    const silent = edges - answering;
    setAttribute(
      this.root,
      'data-grade',
      edges === 0 || silent > 0 ? 'bad' : draining > 0 ? 'watch' : 'good',
    );
    const states = [
      silent > 0 && `${silent} without an answer`,
      draining > 0 && `${draining} draining`,
    ].filter(Boolean);
    const text = `${edges} ${edges === 1 ? 'edge' : 'edges'}${states.length > 0 ? `, ${states.join(', ')}` : ''}`;
    setText(this.#edges, edges === 0 ? 'no edge is alive' : text);
    this.#meter.set(highestLoad, percentText(Math.round(highestLoad * 100) / 100), loadGrade(highestLoad));
    setText(
      this.#figures,
      [
        `${countText(connections)} ${connections === 1 ? 'connection' : 'connections'}`,
        `${countText(rooms)} ${rooms === 1 ? 'room' : 'rooms'}`,
        ...(speakers === undefined ? [] : [`${countText(speakers)} speaking`]),
      ].join(' · '),
    );
  }
}

/** A card for each region. */
export class RegionsView {
  readonly #regions = new KeyedChildren(byId('regions'), (region: RegionRow) => new RegionView(region));

  show({ snapshot }: Watch): void {
    this.#regions.update(snapshot?.regions ?? [], ({ region }) => region);
  }
}
