import { distance16, type SelectionMode, type StreamId } from '@partyline/protocol';
import { MAX_REMOTE_STREAMS, REMOTE_STREAM_FORGOTTEN_MS, SEQUENCE_JUMP, TAKEOVER_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { Speaker } from '../rooms/selector.ts';
import { SequenceWindow } from './sequence-window.ts';

/** A stream whose speaker is on another edge, as far as this edge knows it. */
export class RemoteStream {
  readonly streamId: number;
  /** The same object as the member's when the stream is, or was, a member's here: it survives a move. */
  readonly speaker: Speaker;
  readonly window = new SequenceWindow();
  /** When its last frame came by the bus and was taken. */
  heardAtMs: number;

  constructor(streamId: number, speaker: Speaker, nowMs: number) {
    this.streamId = streamId;
    this.speaker = speaker;
    this.heardAtMs = nowMs;
  }
}

/** The remote streams of one room, bounded; a silent one is forgotten after a while. */
export class RemoteStreams {
  readonly #streams = new Map<number, RemoteStream>();

  get size(): number {
    return this.#streams.size;
  }

  find(streamId: number): RemoteStream | undefined {
    return this.#streams.get(streamId);
  }

  /**
   * Begins to follow a stream; undefined when there are too many.
   * @param member that has, or had, the stream on this edge
   */
  open(
    streamId: number,
    member: Member | undefined,
    mode: SelectionMode,
    nowMs: number,
  ): RemoteStream | undefined {
    if (this.#streams.size >= MAX_REMOTE_STREAMS) return undefined;
    const speaker = member?.speaker ?? new Speaker(streamId);
    if (member === undefined) speaker.mode = mode;
    const stream = new RemoteStream(streamId, speaker, nowMs);
    this.#streams.set(streamId, stream);
    return stream;
  }

  /** The level and the standing of a stream that comes to this edge, for the member to go on with. */
  speakerOf(streamId: number): Speaker | undefined {
    return this.#streams.get(streamId)?.speaker;
  }

  /** Takes over what moderators decided on other edges, and forgets streams that are silent. Call it every second. */
  tick(room: Room, nowMs: number): void {
    for (const [streamId, { speaker, heardAtMs }] of this.#streams) {
      const isMember = room.members.has(streamId as StreamId);
      if (nowMs - heardAtMs > REMOTE_STREAM_FORGOTTEN_MS) {
        this.#streams.delete(streamId);
        if (!isMember) room.selector.remove(speaker);
      } else if (!isMember) {
        this.#setMode(room, speaker, room.selectionOf(streamId) ?? speaker.mode);
      }
    }
  }

  /** A moderator has decided about a participant on another edge. */
  moderated(room: Room, streamId: number, mode: SelectionMode): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && !room.members.has(streamId as StreamId))
      this.#setMode(room, stream.speaker, mode);
  }

  #setMode(room: Room, speaker: Speaker, mode: SelectionMode): void {
    if (mode === speaker.mode) return;
    speaker.mode = mode;
    if (mode === 'excluded') room.selector.remove(speaker);
  }
}

/**
 * Whether a frame that came by the bus is to be taken though its stream is a member's here. While the member is a
 * shadow, or has moved away, another edge speaks for it. Just after it came here, the last frames that it sent there
 * may still be under way; and just before this edge hears that it has gone, its first frames from there may come.
 */
export const speaksElsewhere = (
  member: Member,
  stream: RemoteStream | undefined,
  sequence: number,
  nowMs: number,
): boolean => {
  const { session } = member;
  if (session === undefined || member.shadow || member.movedAway) return true;
  const { firstSequence, lastSequence } = session;
  if (lastSequence >= 0) {
    const ahead = distance16(lastSequence, sequence);
    if (ahead > 0 && ahead <= SEQUENCE_JUMP) return true;
  }
  if (stream === undefined || nowMs - stream.heardAtMs > TAKEOVER_MS) return false;
  return firstSequence < 0 || distance16(firstSequence, sequence) < 0;
};
