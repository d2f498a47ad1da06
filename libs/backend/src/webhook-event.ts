import { shape as s } from '@partyline/protocol';

/**
 * Orders the events of one room: `counter` goes up within an incarnation, and an incarnation is later than another if
 * the number before its dash is greater.
 */
export interface RoomVersion {
  /** Epoch ms at which the room's state was made, a dash, and a random part. */
  incarnation: string;
  /** Goes up within the incarnation. */
  counter: number;
}

/** What every event has. */
export interface WebhookEventBase {
  /** Unique for ever: remember it for a day, and ignore repetitions. */
  id: string;
  /** When it happened, epoch ms. */
  at: number;
}

/** The first participant is in a room; or it was deleted, or empty for its time. */
export interface RoomEvent extends WebhookEventBase {
  /** Which of the two. */
  type: 'room_started' | 'room_ended';
  /** Its name. */
  room: string;
  /** Orders the room's events. */
  version: RoomVersion;
}

/** Somebody is connected who was not, or has left for good; a reconnect or a move to another edge is neither. */
export interface ParticipantEvent extends WebhookEventBase {
  /** Which of the two. */
  type: 'participant_joined' | 'participant_left';
  /** Its name. */
  room: string;
  /** Orders the room's events. */
  version: RoomVersion;
  /** As in the token. */
  identity: string;
  /** As in `Participant`. */
  streamId: number;
  /** As in the token; may be empty. */
  name: string;
}

/** Nobody is on a draining edge any more. */
export interface EdgeEvent extends WebhookEventBase {
  /** There may be others one day. */
  type: 'edge_drained';
  /** Its id. */
  edge: string;
  /** Where it is. */
  region: string;
}

/** The events of this version, told apart by `type`. */
export type KnownWebhookEvent = RoomEvent | ParticipantEvent | EdgeEvent;

/** A genuine event of a type that came after this version of the package: answer 2xx and go on. */
export interface UnknownWebhookEvent extends WebhookEventBase {
  /** What it is called is in `sent`. */
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
