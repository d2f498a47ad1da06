import type { ClientMessageOf } from '@partyline/protocol';
import type { EdgeLink } from './edge-link.ts';
import { Subscriptions } from './subscriptions.ts';

/** What a hello says beside the ticket. */
export type HelloWishes = Pick<ClientMessageOf<'hello'>, 'muted' | 'recording'>;

/** What a participant wants of its edge: said again on each new connection, for an edge carries nothing over. */
export class Wishes {
  muted: boolean;
  echo = false;
  readonly subscriptions = new Subscriptions();
  #recordingSinceMs: number | undefined;

  constructor(muted: boolean) {
    this.muted = muted;
  }

  /** What a hello says. */
  get hello(): HelloWishes {
    const since = this.#recordingSinceMs;
    return { ...(this.muted && { muted: true }), ...(since !== undefined && { recording: since }) };
  }

  /**
   * This participant records, or no longer does.
   * @param sinceMs cluster ms since the epoch; of a recording that runs already it stays as it was
   * @returns what the edge is told
   */
  record(sinceMs: number | undefined): ClientMessageOf<'recording'> {
    this.#recordingSinceMs = sinceMs === undefined ? undefined : (this.#recordingSinceMs ?? sinceMs);
    return this.#recording;
  }

  /** Says what a new link does not know yet. */
  tell(link: EdgeLink): void {
    if (this.muted !== (link.said.muted === true)) link.send({ type: 'mute', muted: this.muted });
    if (this.#recordingSinceMs !== link.said.recording) link.send(this.#recording);
    if (this.echo) link.send({ type: 'echo', enabled: true });
    for (const [streamId, mode] of this.subscriptions.all) link.send({ type: 'subscribe', streamId, mode });
  }

  get #recording(): ClientMessageOf<'recording'> {
    const since = this.#recordingSinceMs;
    return { type: 'recording', ...(since !== undefined && { since }) };
  }
}
