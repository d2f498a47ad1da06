import type { EdgeId } from '@partyline/protocol';
import { type Registry, RegistryError } from '@partyline/registry';
import type { FailureLog } from '../failure-log.ts';
import { MAX_RECORDS_AT_ONCE, REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import { within } from '../within.ts';

export interface MemberRecordsServices {
  registry: Registry;
  failures: FailureLog;
}

/** What could not be written is remembered for so many members; the records of others run out by themselves. */
const MAX_MISSED = 10_000;

/**
 * Keeps the registry's records of this edge's members as they are. One write a member is under way at a time,
 * and what changes meanwhile is one more write: so the order is right and nothing piles up. What could not be
 * written is written later: a registry in several shards may be there with some of them away.
 */
export class MemberRecords {
  readonly #edge: EdgeId;
  readonly #boot: string;
  readonly #registry: Registry;
  readonly #failures: FailureLog;
  /** In the order in which they were named. */
  readonly #dirty = new Map<Member, 'put' | 'drop'>();
  readonly #writing = new Set<Member>();
  /** What the registry has not heard of, and nobody is about to tell it. */
  readonly #missed = new Map<Member, 'put' | 'drop'>();

  constructor(edge: EdgeId, boot: string, services: MemberRecordsServices) {
    this.#edge = edge;
    this.#boot = boot;
    this.#registry = services.registry;
    this.#failures = services.failures;
  }

  /** The member has joined, or something about it has changed. Of a shadow nothing is written. */
  changed(member: Member): void {
    if (member.shadow || member.movedAway) return;
    this.#tell(member, 'put');
    this.#next();
  }

  /** The member has left. */
  gone(member: Member): void {
    if (member.shadow) return;
    this.#tell(member, 'drop');
    this.#next();
  }

  /** The registry has lost everything, or missed some of it: writes all records again, some at a time. */
  rewrite(members: Iterable<Member>): void {
    for (const member of members) {
      if (!member.shadow && !member.movedAway && !this.#dirty.has(member)) this.#tell(member, 'put');
    }
    this.retry();
  }

  /** The registry answers: writes what it has missed. */
  retry(): void {
    for (const [member, what] of this.#missed) this.#dirty.set(member, what);
    this.#missed.clear();
    this.#next();
  }

  /** Waits until every record is as it should be, or for so many ms. */
  async settled(limitMs: number): Promise<void> {
    const endsAtMs = performance.now() + limitMs;
    while (this.#writing.size > 0 && performance.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The newest word is the one that counts. */
  #tell(member: Member, what: 'put' | 'drop'): void {
    this.#missed.delete(member);
    this.#dirty.set(member, what);
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
    } catch (error) {
      if (mayWorkLater(error) && !this.#dirty.has(member) && this.#missed.size < MAX_MISSED) {
        this.#missed.set(member, what);
      }
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

/** Not after an answer that says no, such as one about a bound. */
const mayWorkLater = (error: unknown): boolean =>
  !(error instanceof RegistryError) || error.code === 'unavailable';
