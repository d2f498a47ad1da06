import { PartylineError } from '@partyline/client';
import type { ApiAnswer } from '../../support/api-client.ts';
import type { Caller } from '../../support/caller.ts';
import { Gathering } from '../../support/gathering.ts';
import { mute, remove } from '../../support/moderation.ts';
import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';
import type { Deed } from './plan.ts';

/** As directories ask for while Redis is away; sooner is too often for their limit of joins. */
const AGAIN_EVERY_MS = 2_000;
/** By then even who began in the middle of everything must have been let in. */
const PATIENCE_MS = 45_000;

const regionOf = (edge: string): string => edge.slice(0, edge.indexOf('-'));

/** What people do meanwhile, and who is really there because of it. */
export class People {
  readonly rooms: ReadonlyMap<string, Gathering>;
  /** Removed by a moderator, who was told that it is done or kept. */
  readonly removed: { room: string; identity: string; caller: Caller }[] = [];
  /** What somebody could not do at all: a sentence each. */
  readonly failures: string[] = [];
  readonly #system: System;
  readonly #busy = new Set<Promise<void>>();

  constructor(system: System, rooms: readonly string[]) {
    this.#system = system;
    this.rooms = new Map(rooms.map((room) => [room, new Gathering(room)]));
  }

  begin(deed: Deed): void {
    const work = this.#carryOut(deed).catch((error: unknown) => {
      this.failures.push(`${deed.room}: ${deed.identity} could not ${deed.kind}: ${String(error)}`);
    });
    this.#busy.add(work);
    void work.finally(() => this.#busy.delete(work));
  }

  /** Waits until everybody has done what they wanted. */
  async done(): Promise<void> {
    await Promise.all(this.#busy);
  }

  /** Raw clients whose connection has ended are gone: they do not come back by themselves. */
  countOut(): void {
    for (const { raw, listening, gone } of this.rooms.values()) {
      for (const [identity, client] of raw) {
        if (client.closed === undefined) continue;
        raw.delete(identity);
        listening.delete(identity);
        gone.add(identity);
      }
    }
  }

  async leave(): Promise<void> {
    const all = [...this.rooms.values()].flatMap(({ callers, raw }) => [
      ...callers.values(),
      ...raw.values(),
    ]);
    await Promise.all(all.map((client) => client.leave()));
  }

  async #carryOut(deed: Deed): Promise<void> {
    const { room, identity } = deed;
    const gathering = this.rooms.get(room)!;
    switch (deed.kind) {
      case 'join': {
        const { edge } = deed;
        const caller = await persistently(() =>
          this.#system.call({ room, identity, edge, via: regionOf(edge) }),
        );
        gathering.callers.set(identity, caller);
        return;
      }
      case 'join-raw': {
        const { edge, publish } = deed;
        const client = await persistently(async () => {
          const joined = await this.#system.join({
            room,
            identity,
            edge,
            via: regionOf(edge),
            grants: { publish },
          });
          if (joined.last('ready') !== undefined) return joined;
          joined.vanish();
          throw new Error(`closed with ${joined.closed?.code} before it was ready`);
        });
        gathering.raw.set(identity, client);
        if (!publish) gathering.listening.add(identity);
        return;
      }
      case 'leave': {
        const caller = gathering.of(identity);
        gathering.callers.delete(identity);
        gathering.gone.add(identity);
        return caller.leave();
      }
      case 'mute':
        gathering.of(identity).room.setMuted(true);
        gathering.muted.add(identity);
        return;
      case 'moderate':
        gathering.moderated.add(identity);
        return accepted(() => mute(this.#system.adminOf(deed.region), room, identity, true));
      case 'remove': {
        const caller = gathering.of(identity);
        gathering.callers.delete(identity);
        gathering.gone.add(identity);
        await accepted(() => remove(this.#system.adminOf(deed.region), room, identity));
        this.removed.push({ room, identity, caller });
        return;
      }
    }
  }
}

/** Tries again until it works, as soon as the service allows; whoever joins does the same. */
const persistently = async <T>(attempt: () => Promise<T>): Promise<T> => {
  const endsAtMs = nowMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (nowMs() > endsAtMs) throw error;
      const waitMs = error instanceof PartylineError ? (error.retryAfterMs ?? 0) : 0;
      await forMs(Math.max(AGAIN_EVERY_MS, waitMs));
    }
  }
};

/** Until the API has taken it: done (200), or kept and to be done (202). */
const accepted = async (act: () => Promise<ApiAnswer>): Promise<void> => {
  await persistently(async () => {
    const { status, body } = await act();
    if (status !== 200 && status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
  });
};
