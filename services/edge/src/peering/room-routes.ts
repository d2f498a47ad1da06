import type { OutgoingLink } from '@partyline/bus';

const NOWHERE: readonly OutgoingLink[] = [];

/** Where a room's frames go beside its own listeners; kept by the peering, read for every frame. */
export class RoomRoutes {
  /** As bundles carry the room's name. */
  readonly name: Uint8Array;
  /** Take every frame that the selector lets pass; each destination once. */
  all: readonly OutgoingLink[] = NOWHERE;
  /** By stream: take its frames also while it is not selected, because a listener there named it. */
  readonly wanted = new Map<number, readonly OutgoingLink[]>();

  constructor(room: string) {
    this.name = new TextEncoder().encode(room);
  }
}
