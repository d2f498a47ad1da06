import type { Identity, RoomId } from '@partyline/protocol';
import type { RegistryLimits } from './limits.ts';
import {
  type ModerationChange,
  type ModerationEntry,
  type ModerationState,
  RegistryError,
} from './registry.ts';

const NONE: ModerationState = { muted: false, removedUntil: 0, selection: 'auto' };

/** What moderators have decided. Apart from rooms, because a removal outlives a room that it left empty. */
export class Moderations {
  readonly #rooms = new Map<string, Map<string, { state: ModerationState; seenAtMs: number }>>();
  readonly #limits: RegistryLimits;

  constructor(limits: RegistryLimits) {
    this.#limits = limits;
  }

  state(room: string, identity: string): ModerationState {
    return { ...(this.#rooms.get(room)?.get(identity)?.state ?? NONE) };
  }

  change(room: string, identity: string, change: ModerationChange, nowMs: number): ModerationState {
    const states = this.#rooms.get(room) ?? new Map();
    const state = { ...this.state(room, identity), ...change };
    if (isNone(state, nowMs)) {
      states.delete(identity);
      if (states.size === 0) this.#rooms.delete(room);
      return { ...state };
    }
    if (!states.has(identity) && states.size >= this.#limits.maxModeratedPerRoom) {
      throw new RegistryError(
        'too_many_moderated',
        `At most ${this.#limits.maxModeratedPerRoom} participants of a room can be moderated; undo some first.`,
      );
    }
    states.set(identity, { state, seenAtMs: nowMs });
    this.#rooms.set(room, states);
    return { ...state };
  }

  /** The participant is here now: its retention starts over. */
  seen(room: string, identity: string, nowMs: number): void {
    const entry = this.#rooms.get(room)?.get(identity);
    if (entry !== undefined) entry.seenAtMs = nowMs;
  }

  /** All that holds. */
  all(nowMs: number): ModerationEntry[] {
    return [...this.#rooms].flatMap(([room, states]) =>
      [...states]
        .filter(([, { state }]) => !isNone(state, nowMs))
        .map(([identity, { state }]) => ({
          room: room as RoomId,
          identity: identity as Identity,
          state: { ...state },
        })),
    );
  }

  forgetRoom(room: string): void {
    this.#rooms.delete(room);
  }

  sweep(nowMs: number, isPresent: (room: string, identity: string) => boolean): void {
    for (const [room, states] of this.#rooms) {
      for (const [identity, entry] of states) {
        if (isPresent(room, identity)) entry.seenAtMs = nowMs;
        const over = nowMs >= entry.seenAtMs + this.#limits.retentionMs && nowMs >= entry.state.removedUntil;
        if (over || isNone(entry.state, nowMs)) states.delete(identity);
      }
      if (states.size === 0) this.#rooms.delete(room);
    }
  }
}

const isNone = (state: ModerationState, nowMs: number): boolean =>
  !state.muted && state.removedUntil <= nowMs && state.selection === 'auto';
