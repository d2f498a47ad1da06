import type { RoomId } from '@partyline/protocol';

/** Edges of one region, this one included, from which on a room gets a channel of its own. */
export const CHANNEL_FROM_EDGES = 3;
/** Fewer for this long: the channel is given up, in ms. */
const LEAVE_AFTER_MS = 10_000;
/** Said to be left this long before it is, so that no frame falls between, in ms. */
const LEAVE_LAG_MS = 1_000;
/** After a failed subscription, in ms. */
const RETRY_AFTER_MS = 2_000;

/** Where a room's own media channel is subscribed to; the media side of the edge implements it. */
export interface MediaChannels {
  /** Resolves once the room's channel of this region is subscribed. */
  openRoom(room: RoomId): Promise<{ close(): void }>;
}

/** This edge's subscription of a room's channel: taken when many edges of the region hold the room, with hysteresis. */
export class RoomChannel {
  readonly #room: RoomId;
  readonly #channels: MediaChannels;
  readonly #onChange: () => void;
  #handle: { close(): void } | undefined;
  #opening = false;
  #closed = false;
  #fewSinceMs: number | undefined;
  #retryAtMs = 0;
  /** Peers may publish to the channel instead of this edge's inbox. */
  ready = false;

  constructor(room: RoomId, channels: MediaChannels, onChange: () => void) {
    this.#room = room;
    this.#channels = channels;
    this.#onChange = onChange;
  }

  /**
   * Call it when the number changes, and every TICK_MS.
   * @param edges of this region that hold the room, this one included
   */
  update(edges: number, nowMs: number): void {
    if (edges >= CHANNEL_FROM_EDGES) {
      this.#fewSinceMs = undefined;
      if (this.#handle !== undefined && !this.ready) this.#setReady(true);
      else if (this.#handle === undefined && !this.#opening && nowMs >= this.#retryAtMs)
        void this.#open(nowMs);
      return;
    }
    if (this.#handle === undefined) return;
    this.#fewSinceMs ??= nowMs;
    const fewForMs = nowMs - this.#fewSinceMs;
    if (fewForMs < LEAVE_AFTER_MS) return;
    if (this.ready) this.#setReady(false);
    if (fewForMs >= LEAVE_AFTER_MS + LEAVE_LAG_MS) this.#leave();
  }

  close(): void {
    this.#closed = true;
    this.ready = false;
    this.#leave();
  }

  async #open(nowMs: number): Promise<void> {
    this.#opening = true;
    try {
      this.#handle = await this.#channels.openRoom(this.#room);
    } catch {
      // The inbox serves as well; the bus counts and logs its own failures.
      this.#retryAtMs = nowMs + RETRY_AFTER_MS;
      return;
    } finally {
      this.#opening = false;
    }
    if (this.#closed) this.#leave();
    else this.#setReady(true);
  }

  #setReady(ready: boolean): void {
    this.ready = ready;
    this.#onChange();
  }

  #leave(): void {
    this.#handle?.close();
    this.#handle = undefined;
    this.#fewSinceMs = undefined;
  }
}
