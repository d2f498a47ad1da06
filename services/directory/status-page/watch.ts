import {
  type EdgeRow,
  type Lane,
  LaneHistory,
  type LaneReading,
  lanesOf,
  readLane,
  type StatusSnapshot,
} from '@partyline/status';

/** How far the pictures may reach back, the next as soon as the last is full, in ms. */
const PICTURES_MS = [60_000, 120_000, 300_000] as const;
const LONGEST_PICTURE_MS = 300_000;
/** Over what the figures go. */
const FIGURES_MS = 30_000;
/** So long an edge that is gone is still shown. */
const GONE_KEPT_MS = 300_000;

/** A lane with what was seen of it. */
export interface WatchedLane {
  lane: Lane;
  history: LaneHistory;
  reading: LaneReading;
  /** Upper bounds of the buckets. */
  boundsSeconds: readonly number[];
}

/** An edge, or what was last known of one that is not alive any more. */
export interface WatchedEdge extends EdgeRow {
  /** When it was last among the living; undefined while it is. */
  goneSinceMs: number | undefined;
}

/** What has been seen since the page was opened. */
export class Watch {
  snapshot: StatusSnapshot | undefined;
  lanes: WatchedLane[] = [];
  edges: WatchedEdge[] = [];
  readonly #histories = new Map<string, LaneHistory>();
  readonly #edges = new Map<string, WatchedEdge>();

  /** Takes what the directory says now. */
  take(snapshot: StatusSnapshot): void {
    if (this.snapshot !== undefined && this.snapshot.epoch !== snapshot.epoch) this.#histories.clear();
    this.snapshot = snapshot;
    const { atMs, boundsSeconds } = snapshot;
    this.lanes = lanesOf(snapshot, boundsSeconds.length + 1).map((lane) => {
      const history = this.#histories.get(lane.key) ?? new LaneHistory(LONGEST_PICTURE_MS);
      this.#histories.set(lane.key, history);
      history.take(lane, atMs);
      const reading = readLane(lane, history.since(atMs - FIGURES_MS), boundsSeconds);
      return { lane, history, reading, boundsSeconds };
    });
    this.#takeEdges(snapshot);
  }

  /** Readings of every lane; none before two snapshots have come. */
  get readings(): LaneReading[] {
    const known = this.lanes.some(({ history }) => history.moments.length > 0);
    return known ? this.lanes.map(({ reading }) => reading) : [];
  }

  /** How far back the pictures reach now: no further than somebody has looked, but for a minute. */
  get pictureMs(): number {
    const firsts = this.lanes.flatMap(({ history }) => history.moments[0]?.atMs ?? []);
    const watchedMs = (this.snapshot?.atMs ?? 0) - Math.min(...firsts);
    return PICTURES_MS.find((span) => span >= watchedMs) ?? LONGEST_PICTURE_MS;
  }

  #takeEdges({ atMs, edges, problem }: StatusSnapshot): void {
    for (const edge of edges) this.#edges.set(edge.edge, { ...edge, goneSinceMs: undefined });
    const living = new Set(edges.map(({ edge }) => edge));
    for (const [name, edge] of this.#edges) {
      if (living.has(name)) continue;
      // With the registry away nobody is known to be gone.
      if (problem === undefined) edge.goneSinceMs ??= atMs;
      if (edge.goneSinceMs !== undefined && atMs - edge.goneSinceMs > GONE_KEPT_MS) this.#edges.delete(name);
    }
    this.edges = [...this.#edges.values()].sort(
      (one, other) => one.region.localeCompare(other.region) || one.edge.localeCompare(other.edge),
    );
  }
}
