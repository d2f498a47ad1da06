import { Redis } from 'ioredis';
import { clientOptions } from './client-options.ts';
import { StallWatch } from './stall-watch.ts';
import type { SentinelTarget } from './target.ts';

/** More Sentinels than that need not be asked. */
const MOST_ASKED = 3;
const RETRY_MS = 1_000;

/**
 * Notices that Sentinels name another master. A former master that is still alive goes on as if nothing had
 * happened for about eight seconds, until a Sentinel makes it a replica: those who stayed with it would hear nothing
 * of those who came later.
 */
export class SentinelWatch {
  readonly #name: string;
  readonly #onSwitch: (host: string, port: number) => void;
  readonly #sentinels: Redis[];
  readonly #stallWatches: StallWatch[] = [];
  /** What each one said the last time. */
  readonly #masters = new Map<Redis, string>();

  /** @param clientName as `CLIENT LIST` shows it */
  constructor(target: SentinelTarget, clientName: string, onSwitch: (host: string, port: number) => void) {
    this.#name = target.name;
    this.#onSwitch = onSwitch;
    this.#sentinels = target.sentinels.slice(0, MOST_ASKED).map((address) => {
      const { tls, sentinelPassword: password } = target;
      const options = clientOptions(
        { kind: 'single', ...address, tls, username: undefined, password, db: 0 },
        clientName,
        () => RETRY_MS * (0.5 + Math.random()),
      );
      const sentinel = new Redis({ ...options, lazyConnect: true, enableReadyCheck: false });
      // Whatever is wrong with a Sentinel is told by whoever needs it to find the master.
      sentinel.on('error', () => {});
      return sentinel;
    });
  }

  start(stallMs: number): void {
    for (const sentinel of this.#sentinels) {
      sentinel.connect().catch(() => {});
      const probe = (): Promise<unknown> => sentinel.ping();
      this.#stallWatches.push(new StallWatch(sentinel, { stallMs, probe, onStall: () => {} }));
    }
  }

  stop(): void {
    for (const watch of this.#stallWatches.splice(0)) watch.stop();
    for (const sentinel of this.#sentinels) {
      sentinel.disconnect();
      sentinel.stream?.destroy();
    }
  }

  /** Asks every Sentinel that is there; never rejects. Call it every second. */
  async ask(): Promise<void> {
    await Promise.allSettled(this.#sentinels.map((sentinel) => this.#askOne(sentinel)));
  }

  async #askOne(sentinel: Redis): Promise<void> {
    const reply = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#name);
    if (!Array.isArray(reply)) return;
    const [host, port] = reply as [string, string];
    const before = this.#masters.get(sentinel);
    this.#masters.set(sentinel, `${host} ${port}`);
    if (before !== undefined && before !== `${host} ${port}`) this.#onSwitch(host, Number(port));
  }
}
