import { countText, durationText, type Grade, percentText, secondsText } from '@partyline/status';
import { byId, element, KeyedChildren, setAttribute, setText } from './element.ts';
import { loadGrade, Meter } from './meter.ts';
import type { Watch, WatchedEdge } from './watch.ts';

const COLUMNS = [
  'edge',
  'state',
  'load',
  'connections',
  'rooms',
  'speakers',
  'frames out/s',
  'loop lag',
  'bus',
  'Redis',
  'up',
  'version',
] as const;

/** So long after its start an edge is shown as new. */
const NEW_SECONDS = 60;

interface Shown {
  edge: WatchedEdge;
  atMs: number;
}

const stateOf = ({ edge, atMs }: Shown): { text: string; grade: Grade } => {
  if (edge.goneSinceMs !== undefined) {
    return { text: `gone for ${durationText((atMs - edge.goneSinceMs) / 1_000)}`, grade: 'bad' };
  }
  switch (edge.state) {
    case 'unreachable':
      return { text: 'does not listen', grade: 'bad' };
    case 'silent':
      return { text: 'does not answer', grade: 'bad' };
    case 'refused':
      return { text: 'older version', grade: 'watch' };
    case 'not_asked':
      return { text: 'not asked', grade: 'watch' };
    case 'answers': {
      const upSeconds = (atMs - edge.startedAtMs) / 1_000;
      if (edge.gauges.draining) return { text: 'draining', grade: 'watch' };
      return upSeconds < NEW_SECONDS
        ? { text: `started ${durationText(upSeconds)} ago`, grade: 'good' }
        : { text: 'serving', grade: 'good' };
    }
  }
};

const upsText = (ups: Record<string, boolean> | undefined): { text: string; grade: Grade } => {
  const entries = Object.entries(ups ?? {});
  if (entries.length === 0) return { text: '–', grade: 'idle' };
  const down = entries.filter(([, up]) => !up).map(([name]) => name);
  return down.length === 0
    ? { text: 'up', grade: 'good' }
    : { text: `${down.join(', ')} down`, grade: 'bad' };
};

class EdgeView {
  readonly root = element('tr');
  readonly #cells = new Map<string, HTMLElement>();
  readonly #load = new Meter('load');

  constructor({ edge }: Shown) {
    for (const column of COLUMNS) {
      const isName = column === 'edge';
      const cell = isName ? element('th', { scope: 'row' }) : element('td', { 'data-label': column });
      this.root.append(cell);
      this.#cells.set(column, cell);
    }
    this.#cells
      .get('edge')!
      .append(element('strong', { text: edge.edge }), element('small', { text: edge.region }));
    this.#cells.get('load')!.append(this.#load.root);
    this.#cells.get('state')!.append(element('span', { class: 'badge' }));
  }

  update(shown: Shown): void {
    const { edge, atMs } = shown;
    const { gauges, maxConnections } = edge;
    const state = stateOf(shown);
    setAttribute(this.root, 'data-grade', state.grade);
    setAttribute(this.root, 'data-gone', String(edge.goneSinceMs !== undefined));
    setText(this.#cells.get('state')!.firstElementChild!, state.text);
    const load = Math.round(gauges.load * 100) / 100;
    this.#load.set(load, percentText(load), loadGrade(load));
    this.#set('connections', `${countText(gauges.connections)} of ${countText(maxConnections)}`);
    this.#set('rooms', countText(gauges.rooms));
    this.#set('speakers', countText(gauges.speakers));
    this.#set('frames out/s', countText(gauges.egressFramesPerSecond));
    this.#set('loop lag', secondsText(gauges.lagSeconds));
    const [bus, redis] = [upsText(gauges.bus), upsText(gauges.redis)];
    this.#set('bus', bus.text, bus.grade);
    this.#set('Redis', redis.text, redis.grade);
    this.#set('up', durationText((atMs - edge.startedAtMs) / 1_000));
    this.#set('version', edge.version || '–');
  }

  #set(column: (typeof COLUMNS)[number], text: string, grade: Grade | '' = ''): void {
    const cell = this.#cells.get(column)!;
    setText(cell, text);
    setAttribute(cell, 'data-grade', grade);
  }
}

/** A row for each edge that lives, or did a moment ago. */
export class EdgesView {
  readonly #rows: KeyedChildren<Shown, EdgeView>;

  constructor() {
    const body = element('tbody');
    const heads = COLUMNS.map((text) => element('th', { scope: 'col', text }));
    byId('edges').append(element('thead', {}, element('tr', {}, ...heads)), body);
    this.#rows = new KeyedChildren(body, (shown: Shown) => new EdgeView(shown));
  }

  show({ edges, snapshot }: Watch): void {
    if (snapshot === undefined) return;
    const { atMs, unlistedEdges } = snapshot;
    this.#rows.update(
      edges.map((edge) => ({ edge, atMs })),
      ({ edge }) => edge.edge,
    );
    const unlisted = byId('unlisted');
    unlisted.hidden = unlistedEdges === 0;
    setText(unlisted, `${unlistedEdges} more edges that do well are counted above and not listed.`);
  }
}
