import type { EdgeLink } from './edge-link.ts';
import { Subscriptions } from './subscriptions.ts';

/** What a participant wants of its edge: said again on each new connection, for an edge carries nothing over. */
export class Wishes {
  muted: boolean;
  echo = false;
  readonly subscriptions = new Subscriptions();

  constructor(muted: boolean) {
    this.muted = muted;
  }

  /** Says what a new link does not know yet. */
  tell(link: EdgeLink): void {
    if (this.muted !== link.saidMuted) link.send({ type: 'mute', muted: this.muted });
    if (this.echo) link.send({ type: 'echo', enabled: true });
    for (const [streamId, mode] of this.subscriptions.all) link.send({ type: 'subscribe', streamId, mode });
  }
}
