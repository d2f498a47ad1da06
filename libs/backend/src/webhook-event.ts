import { shape as s } from '@partyline/protocol';

/**
 * Orders the events of one room: `counter` goes up within an incarnation, and an incarnation is later than another if
 * the number before its dash is greater.
 */
export interface RoomVersion {
  /** Epoch ms at which the room's state was made, a dash, and a random part. */
  incarnation: string;
  counter: number;
}

interface Happening {
  /** Unique for ever: remember it for a day, and ignore repetitions. */
  id: string;
  /** When it happened, epoch ms. */
  at: number;
}

/** Somebody is connected who was not, or has left for good; a reconnect or a move to another edge is neither. */
export interface ParticipantEvent extends Happening {
  type: 'participant_joined' | 'participant_left';
  room: string;
  version: RoomVersion;
  identity: string;
  streamId: number;
  name: string;
}

/** The first participant is in a room; or it was deleted, or empty for its time. */
interface RoomLifeEvent extends Happening {
  type: 'room_started' | 'room_ended';
  room: string;
  version: RoomVersion;
}

/** Nobody is on a draining edge any more. */
interface EdgeEvent extends Happening {
  type: 'edge_drained';
  edge: string;
  region: string;
}

/** The events of this version, told apart by `type`. */
export type KnownWebhookEvent = ParticipantEvent | RoomLifeEvent | EdgeEvent;

/** A genuine event of a type that came after this version of the package: answer 2xx and go on. */
export interface UnknownWebhookEvent extends Happening {
  type: 'unknown';
  /** Everything as it was sent, its own `type` included. */
  sent: Readonly<Record<string, unknown>>;
}

/** An event as a directory posts it; docs/webhooks.md says what a receiver can rely on. */
export type WebhookEvent = KnownWebhookEvent | UnknownWebhookEvent;

const version = s.object({
  incarnation: s.string(1, 128),
  counter: s.integer(0, Number.MAX_SAFE_INTEGER),
});
const happening = { id: s.string(1, 256), at: s.number(0, 8.64e15) };
const ofRoom = { ...happening, room: s.string(1, 64), version };
const ofParticipant = {
  ...ofRoom,
  identity: s.string(1, 128),
  streamId: s.integer(1, 0xffff_ffff),
  name: s.string(0, 128),
};

/** The fields of each type. */
const shapes: Record<KnownWebhookEvent['type'], s.Shape<object>> = {
  room_started: s.object(ofRoom),
  room_ended: s.object(ofRoom),
  participant_joined: s.object(ofParticipant),
  participant_left: s.object(ofParticipant),
  edge_drained: s.object({ ...happening, edge: s.string(1, 64), region: s.string(1, 64) }),
};
const anyEvent = s.object({ ...happening, type: s.string(1, 128) });

/** Reads a posted body: the event, or a sentence that says what is wrong with it. Never throws. */
export const readWebhookEvent = (body: string): WebhookEvent | string => {
  try {
    const sent: unknown = JSON.parse(body);
    const { type, ...happened } = anyEvent(sent, '');
    if (!Object.hasOwn(shapes, type)) {
      return { ...happened, type: 'unknown', sent: sent as Record<string, unknown> };
    }
    shapes[type as KnownWebhookEvent['type']](sent, '');
    // As it came, with the fields that a newer directory may have added.
    return sent as KnownWebhookEvent;
  } catch (error) {
    return error instanceof s.ShapeError ? error.message : 'the body is no JSON';
  }
};
