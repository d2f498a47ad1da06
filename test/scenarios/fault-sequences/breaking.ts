import type { Place } from '@partyline/cluster';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { Wan } from '../../support/wan/wan.ts';
import type { Fault } from './plan.ts';

/** What a drain, the end of a process and its start may take at most. */
const END_MS = 30_000;
const USUAL_DELAY_MS = 1;

/** Breaks things and mends them again: on each target one fault at a time. */
export class Breaking {
  /** What a fault found wrong: a sentence each. */
  readonly failures: string[] = [];
  readonly #system: System;
  readonly #wan: Wan;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(system: System, wan: Wan) {
    this.#system = system;
    this.#wan = wan;
  }

  /** Begins as soon as the target is whole. */
  begin(fault: Fault): void {
    const target = targetOf(fault);
    const before = this.#busy.get(target) ?? Promise.resolve();
    const work = before
      .then(() => this.#carryOut(fault))
      .catch((error: unknown) => {
        this.failures.push(`${fault.kind} of ${target}: ${String(error)}`);
      });
    this.#busy.set(target, work);
  }

  /** Waits until everything is whole. */
  async mended(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #carryOut(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill-edge':
        return this.#kill(this.#system.cluster.edge(fault.edge), fault.downMs);
      case 'kill-directory':
        return this.#kill(this.#directory(fault.region), fault.downMs);
      case 'freeze-edge': {
        const { member } = this.#system.cluster.edge(fault.edge);
        member.signal('SIGSTOP');
        await forMs(fault.downMs);
        member.signal('SIGCONT');
        return;
      }
      case 'restart-edge':
        return this.#restart(this.#system.cluster.edge(fault.edge));
      case 'freeze-redis': {
        const server = this.#redis(fault.region);
        server.freeze();
        await forMs(fault.downMs);
        server.thaw();
        return;
      }
      case 'kill-redis': {
        const server = this.#redis(fault.region);
        await server.kill();
        await forMs(fault.downMs);
        await server.restart();
        return;
      }
      case 'cut-wire':
        await this.#wan.cut();
        await forMs(fault.downMs);
        return this.#wan.heal();
      case 'slow-wire':
        await this.#wan.delay(fault.delayMs, fault.delayMs / 10);
        await forMs(fault.downMs);
        return this.#wan.delay(USUAL_DELAY_MS);
    }
  }

  async #kill({ id, member }: Place, downMs: number): Promise<void> {
    this.#mustRun(id, member.running);
    await member.kill();
    await forMs(downMs);
    await member.start();
  }

  async #restart({ id, member }: Place): Promise<void> {
    this.#mustRun(id, member.running);
    member.signal('SIGTERM');
    if (!(await holdsWithin(() => !member.running, END_MS))) {
      this.failures.push(`${id} did not end within ${END_MS / 1_000} s of SIGTERM`);
      await member.kill();
    } else if ((await member.ended()) !== 0) {
      this.failures.push(`${id} ended with exit code ${await member.ended()} after SIGTERM`);
    }
    await member.start();
  }

  #mustRun(id: string, running: boolean): void {
    if (!running) this.failures.push(`${id} had ended by itself`);
  }

  #directory(region: string): Place {
    return this.#system.cluster.directories.find((directory) => directory.region === region)!;
  }

  #redis(region: string) {
    return this.#system.cluster.redis.get(region)!.servers[0]!;
  }
}

const targetOf = (fault: Fault): string => {
  switch (fault.kind) {
    case 'kill-edge':
    case 'freeze-edge':
    case 'restart-edge':
      return fault.edge;
    case 'kill-directory':
      return `${fault.region}-directory`;
    case 'freeze-redis':
    case 'kill-redis':
      return `${fault.region}-redis`;
    default:
      return 'wire';
  }
};
