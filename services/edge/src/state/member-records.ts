import type { EdgeId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { FailureLog } from '../failure-log.ts';
import { MAX_RECORDS_AT_ONCE, REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import { within } from '../within.ts';

export interface MemberRecordsServices {
  registry: Registry;
  failures: FailureLog;
}

/**
 * Keeps the registry's records of this edge's members as they are. One write a member is under way at a time,
 * and what changes meanwhile is one more write: so the order is right and nothing piles up. What could not be
 * written is written when the registry is back.
 */
export class MemberRecords {
  readonly #edge: EdgeId;
  readonly #boot: string;
  readonly #registry: Registry;
  readonly #failures: FailureLog;
  /** In the order in which they were named. */
  readonly #dirty = new Map<Member, 'put' | 'drop'>();
  readonly #writing = new Set<Member>();
  /** Departures that the registry has not heard of; those who are here are told anew in any case. */
  readonly #undropped = new Set<Member>();

  constructor(edge: EdgeId, boot: string, services: MemberRecordsServices) {
    this.#edge = edge;
    this.#boot = boot;
    this.#registry = services.registry;
    this.#failures = services.failures;
  }

  /** The member has joined, or something about it has changed. Of a shadow nothing is written. */
  changed(member: Member): void {
    if (member.shadow || member.movedAway) return;
    this.#dirty.set(member, 'put');
    this.#next();
  }

  /** The member has left. */
  gone(member: Member): void {
    if (member.shadow) return;
    this.#dirty.set(member, 'drop');
    this.#next();
  }

  /** The registry has lost everything, or missed some of it: writes all records again, some at a time. */
  rewrite(members: Iterable<Member>): void {
    for (const member of this.#undropped) this.#dirty.set(member, 'drop');
    this.#undropped.clear();
    for (const member of members) {
      if (!member.shadow && !member.movedAway && !this.#dirty.has(member)) this.#dirty.set(member, 'put');
    }
    this.#next();
  }

  /** Waits until every record is as it should be, or for so many ms. */
  async settled(limitMs: number): Promise<void> {
    const endsAtMs = performance.now() + limitMs;
    while (this.#writing.size > 0 && performance.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #next(): void {
    for (const [member, what] of this.#dirty) {
      if (this.#writing.size >= MAX_RECORDS_AT_ONCE) return;
      if (this.#writing.has(member)) continue;
      this.#dirty.delete(member);
      this.#writing.add(member);
      void this.#write(member, what);
    }
  }

  async #write(member: Member, what: 'put' | 'drop'): Promise<void> {
    try {
      await within(this.#ask(member, what), REGISTRY_TIMEOUT_MS);
      this.#undropped.delete(member);
    } catch (error) {
      if (what === 'drop' && this.#undropped.size < MAX_UNDROPPED) this.#undropped.add(member);
      this.#failures.report(error, 'A participant could not be written to the registry.');
    }
    this.#writing.delete(member);
    this.#next();
  }

  #ask(member: Member, what: 'put' | 'drop'): Promise<void> {
    return what === 'put'
      ? this.#registry.putMember(member.room, member.record(this.#edge, this.#boot))
      : this.#registry.dropMember(member.room, member.streamId, this.#edge, member.generation);
  }
}

/** Departures that are remembered while the registry is away; the records of others run out by themselves. */
const MAX_UNDROPPED = 10_000;
