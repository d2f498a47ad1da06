import type { EdgeId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { FailureLog } from '../failure-log.ts';
import { REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import { within } from '../within.ts';

export interface MemberRecordsServices {
  registry: Registry;
  failures: FailureLog;
}

/**
 * Keeps the registry's records of this edge's members as they are. One write a member is under way at a time,
 * and what changes meanwhile is one more write: so the order is right and nothing piles up.
 */
export class MemberRecords {
  readonly #edge: EdgeId;
  readonly #boot: string;
  readonly #registry: Registry;
  readonly #failures: FailureLog;
  readonly #dirty = new Map<Member, 'put' | 'drop'>();
  readonly #writing = new Set<Member>();

  constructor(edge: EdgeId, boot: string, services: MemberRecordsServices) {
    this.#edge = edge;
    this.#boot = boot;
    this.#registry = services.registry;
    this.#failures = services.failures;
  }

  /** The member has joined, or something about it has changed. */
  changed(member: Member): void {
    this.#dirty.set(member, 'put');
    void this.#write(member);
  }

  /** The member has left. */
  gone(member: Member): void {
    this.#dirty.set(member, 'drop');
    void this.#write(member);
  }

  /** Waits until every record is as it should be, or for so many ms. */
  async settled(limitMs: number): Promise<void> {
    const endsAtMs = performance.now() + limitMs;
    while (this.#writing.size > 0 && performance.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #write(member: Member): Promise<void> {
    if (this.#writing.has(member)) return;
    this.#writing.add(member);
    for (let what = this.#dirty.get(member); what !== undefined; what = this.#dirty.get(member)) {
      this.#dirty.delete(member);
      try {
        await within(this.#ask(member, what), REGISTRY_TIMEOUT_MS);
      } catch (error) {
        this.#failures.report(error, 'A participant could not be written to the registry.');
      }
    }
    this.#writing.delete(member);
  }

  #ask(member: Member, what: 'put' | 'drop'): Promise<void> {
    return what === 'put'
      ? this.#registry.putMember(member.room, member.record(this.#edge, this.#boot))
      : this.#registry.dropMember(member.room, member.streamId, this.#edge, member.generation);
  }
}
