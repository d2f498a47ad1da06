import { randomInt } from 'node:crypto';
import type { Identity, RoomId, StreamId } from '@partyline/protocol';
import type { SeatRecord, SeatRequest, SeatResult } from '../registry.ts';
import { newResumeId } from '../seats.ts';
import { escaped, readReplaced, readRoom, readSeat, readText } from './encoding.ts';
import type { RoomCommands } from './room-commands.ts';

/** Random stream ids tried in one go; that all are taken does not happen. */
const CANDIDATES = 4;

export interface RedisSeatsOptions {
  maxSeatsPerRoom: number;
  /** As stored. */
  roomDefaults: readonly (string | number)[];
}

export interface RedisSeatsDeps {
  rooms: RoomCommands;
  clock: { now(): number };
}

/** Who may sit in a room of this region, under which stream id. */
export class RedisSeats {
  readonly #options: RedisSeatsOptions;
  readonly #rooms: RoomCommands;
  readonly #clock: { now(): number };

  constructor(options: RedisSeatsOptions, { rooms, clock }: RedisSeatsDeps) {
    this.#options = options;
    this.#rooms = rooms;
    this.#clock = clock;
  }

  async claim(request: SeatRequest): Promise<SeatResult> {
    const { room, identity, edge, resumeId, resumed } = request;
    const seatArgs = [
      escaped(identity),
      escaped(edge),
      Math.floor(this.#clock.now() + request.seatTtlMs),
      escaped(resumeId ?? ''),
      resumed?.streamId ?? '',
      resumed?.generation ?? 0,
      newResumeId(),
      this.#options.maxSeatsPerRoom,
      Math.floor(request.claimedAfter ?? 0),
    ];
    for (;;) {
      const candidates = Array.from({ length: CANDIDATES }, () => randomInt(1, 0x1_0000_0000));
      const args = [...this.#options.roomDefaults, ...seatArgs, ...candidates];
      const [outcome, found, streamId, ownResumeId, generation, oldStreamId, oldEdge] =
        await this.#rooms.runCreating('claimSeat', room, args);
      if (outcome === 'again') continue;
      if (outcome === 'removed') return { ok: false, reason: 'removed', until: Number(found) };
      if (outcome === 'room_full' || outcome === 'replaced' || outcome === 'too_many_rooms') {
        return { ok: false, reason: outcome };
      }
      const replaced = readReplaced(oldStreamId, oldEdge);
      return {
        ok: true,
        streamId: Number(streamId) as StreamId,
        resumeId: readText(ownResumeId),
        generation: Number(generation),
        room: readRoom(room, found),
        ...(replaced && { replaced }),
      };
    }
  }

  async isCurrent(room: RoomId, identity: Identity, resumeId: string, generation: number): Promise<boolean> {
    const args = [escaped(identity), escaped(resumeId), generation];
    return (await this.#rooms.run('seatIsCurrent', room, args)) === 1;
  }

  async of(room: RoomId, identity: Identity): Promise<SeatRecord | undefined> {
    return readSeat(await this.#rooms.run('seat', room, [escaped(identity)]));
  }

  async drop(room: RoomId, identity: Identity, resumeId: string): Promise<void> {
    await this.#rooms.run('dropSeat', room, [escaped(identity), escaped(resumeId)]);
  }
}
