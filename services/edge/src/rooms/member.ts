import {
  ASSUMED_CODECS,
  type Identity,
  type ParticipantInfo,
  type RoomId,
  type StreamId,
} from '@partyline/protocol';
import type { MemberRecord } from '@partyline/registry';
import type { Grants, TicketClaims } from '@partyline/tokens';
import type { Session } from '../sessions/session.ts';
import { Speaker } from './selector.ts';

/** A participant of a room, through connections that come and go. */
export class Member {
  readonly room: RoomId;
  readonly streamId: StreamId;
  readonly identity: Identity;
  readonly resumeId: string;
  /** Shared with the remote stream while, or after, another edge speaks for it: see relay/remote-streams.ts. */
  speaker: Speaker;
  readonly joinedAtMs: number;
  name: string;
  metadata: string | undefined;
  grants: Grants;
  generation: number;
  muted = false;
  moderated = false;
  /** What it can decode (protocol rule 48). */
  codecs: readonly number[] = ASSUMED_CODECS;
  /** Records the room since then, epoch ms; 0 when it does not. */
  recordingSinceMs = 0;
  /** Undefined while reconnecting. */
  session: Session | undefined;
  lostAtMs = 0;
  /** Receives already, beside an older connection elsewhere; nobody is told of it yet. */
  shadow = false;
  /** Its newer session is on another edge; this one lives on a moment so that nothing is lost. */
  movedAway = false;

  constructor(claims: TicketClaims, nowMs: number) {
    this.room = claims.room as RoomId;
    this.streamId = claims.streamId as StreamId;
    this.identity = claims.sub as Identity;
    this.resumeId = claims.resumeId;
    this.name = claims.name;
    this.metadata = claims.metadata;
    this.grants = claims.grants;
    this.generation = claims.generation;
    this.speaker = new Speaker(claims.streamId);
    this.joinedAtMs = nowMs;
  }

  /** Takes what a newer ticket says. */
  update(claims: TicketClaims): void {
    this.name = claims.name;
    this.metadata = claims.metadata;
    this.grants = claims.grants;
    this.generation = claims.generation;
  }

  /** Announced by name; the others are a number, or nothing if hidden. */
  get announced(): boolean {
    return this.grants.publish && !this.grants.hidden && this.#isHere;
  }

  get listensOnly(): boolean {
    return !this.grants.publish && !this.grants.hidden && this.#isHere;
  }

  get #isHere(): boolean {
    return !this.shadow && !this.movedAway;
  }

  info(): ParticipantInfo {
    return {
      streamId: this.streamId,
      identity: this.identity,
      name: this.name,
      ...(this.metadata === undefined ? {} : { metadata: this.metadata }),
      publisher: this.grants.publish,
      muted: this.muted,
      moderated: this.moderated,
      reconnecting: this.session === undefined,
      selection: this.speaker.mode,
    };
  }

  record(edge: MemberRecord['edge'], boot: string): MemberRecord {
    return {
      streamId: this.streamId,
      generation: this.generation,
      identity: this.identity,
      name: this.name,
      ...(this.metadata === undefined ? {} : { metadata: this.metadata }),
      edge,
      boot,
      joinedAt: this.joinedAtMs,
      publisher: this.grants.publish,
      hidden: this.grants.hidden,
      muted: this.muted,
      moderated: this.moderated,
      reconnecting: this.session === undefined,
      selection: this.speaker.mode,
    };
  }
}
