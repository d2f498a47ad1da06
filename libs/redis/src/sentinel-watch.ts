import { isIP, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { clientOptions } from './client-options.ts';
import { type StallWatch, watchRedis } from './stall-watch.ts';
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
  readonly #sentinels: Redis[];
  readonly #stallWatches: StallWatch[] = [];
  /** What most Sentinels said the last time. */
  #named: string | undefined;

  /** @param clientName as `CLIENT LIST` shows it */
  constructor(target: SentinelTarget, clientName: string) {
    this.#name = target.name;
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
      this.#stallWatches.push(watchRedis(sentinel, { stallMs, probe, onStall: () => {} }));
    }
  }

  stop(): void {
    for (const watch of this.#stallWatches.splice(0)) watch.stop();
    for (const sentinel of this.#sentinels) {
      sentinel.disconnect();
      sentinel.stream?.destroy();
    }
  }

  /**
   * True when most Sentinels that answer name another master than the one connected to. Call it every second.
   * @param socket the connection to the master
   */
  async isElsewhere(socket: Socket): Promise<boolean> {
    const answers = await Promise.allSettled(
      this.#sentinels.map((sentinel) => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#name)),
    );
    const names = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && Array.isArray(answer.value) ? [answer.value.join(' ')] : [],
    );
    // During a fail-over one may still be behind the others: none is believed alone.
    const named = names.find((name) => names.filter((other) => other === name).length > names.length / 2);
    if (named === undefined) return false;
    const before = this.#named;
    this.#named = named;
    const [host = '', port] = named.split(' ');
    // By name, or IPv6, which has several spellings, only a change can be told; an address is compared with the connection's own.
    if (isIP(host) !== 4) return before !== undefined && before !== named;
    return socket.remotePort !== Number(port) || socket.remoteAddress !== host;
  }
}
