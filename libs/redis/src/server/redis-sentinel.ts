import { RedisServer, type RedisServerOptions } from './redis-server.ts';

export interface RedisSentinelOptions extends Pick<RedisServerOptions, 'host' | 'password'> {
  /** The master's name, as Sentinel's clients ask for it; `partyline` unless given. */
  name?: string;
  /** How long a server must be silent to count as down, in ms; 500 unless given. */
  downAfterMs?: number;
}

const DEADLINE_MS = 20_000;
const POLL_MS = 25;

/** One master, one replica and one Sentinel that watches them. */
export class RedisSentinel {
  readonly name: string;
  readonly sentinel: RedisServer;
  /** Whichever is the master now; see `master`. */
  readonly servers: readonly [RedisServer, RedisServer];

  private constructor(name: string, sentinel: RedisServer, servers: [RedisServer, RedisServer]) {
    this.name = name;
    this.sentinel = sentinel;
    this.servers = servers;
  }

  /** @throws Error when redis-server is not installed or the three do not find each other */
  static async start(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
    const { name = 'partyline', downAfterMs = 500, host = '127.0.0.1', password } = options;
    // Otherwise a master waits five seconds for more replicas before it sends its data to the first.
    const settings = { 'repl-diskless-sync-delay': 0 };
    const common = { host, settings, ...(password !== undefined && { password }) };
    const started: RedisServer[] = [];
    const start = async (given: RedisServerOptions): Promise<RedisServer> => {
      const server = await RedisServer.start(given);
      started.push(server);
      return server;
    };
    try {
      const master = await start(common);
      const replica = await start({
        ...common,
        settings: { ...settings, replicaof: `${host} ${master.port}` },
      });
      const sentinel = await start({
        host,
        settings: {
          'sentinel monitor': `${name} ${host} ${master.port} 1`,
          'sentinel down-after-milliseconds': `${name} ${downAfterMs}`,
          'sentinel failover-timeout': `${name} 2000`,
          ...(password !== undefined && { 'sentinel auth-pass': `${name} ${password}` }),
        },
        args: ['--sentinel'],
      });
      const all = new RedisSentinel(name, sentinel, [master, replica]);
      await all.#until('the Sentinel to know the replica', async () => {
        const replicas = (await sentinel.command('SENTINEL', 'REPLICAS', name)) as unknown[];
        const info = String(await replica.command('INFO', 'replication'));
        return replicas.length === 1 && info.includes('master_link_status:up');
      });
      return all;
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  /** As PARTYLINE_REDIS_URL takes it. */
  get url(): string {
    const { password } = this.servers[0];
    const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    return `redis+sentinel://${user}${this.sentinel.address}/${this.name}`;
  }

  /** Whom the Sentinel names. */
  async master(): Promise<RedisServer> {
    const address = (await this.sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name)) as [
      string,
      string,
    ];
    return this.servers.find((server) => server.port === Number(address[1])) ?? this.servers[0];
  }

  /** Resolves when the replica has everything that the master has now. */
  async replicated(): Promise<void> {
    const master = await this.master();
    const replica = this.servers.find((server) => server !== master)!;
    const offset = async (server: RedisServer, name: string): Promise<number> =>
      Number(new RegExp(`${name}:(\\d+)`).exec(String(await server.command('INFO', 'replication')))?.[1]);
    const wantedOffset = await offset(master, 'master_repl_offset');
    await this.#until(
      'the replica to have everything',
      async () => (await offset(replica, 'slave_repl_offset')) >= wantedOffset,
    );
  }

  /** Makes the replica the master and resolves when it is one. The former master follows it. */
  async failover(): Promise<void> {
    const former = await this.master();
    await this.#until('the Sentinel to begin', async () => {
      try {
        await this.sentinel.command('SENTINEL', 'FAILOVER', this.name);
        return true;
      } catch {
        // INPROG, or NOGOODSLAVE just after a start: the Sentinel asks its replicas once in a second.
        return (await this.master()) !== former;
      }
    });
    await this.promoted(former);
  }

  /** Resolves when another server than the given one is the master, as after `former.kill()`. */
  async promoted(former: RedisServer): Promise<RedisServer> {
    const next = this.servers.find((server) => server !== former)!;
    await this.#until('a new master', async () => {
      if ((await this.master()) !== next) return false;
      return String(await next.command('INFO', 'replication')).includes('role:master');
    });
    return next;
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel, ...this.servers].map((server) => server.stop()));
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!(await isSo())) {
      if (performance.now() > deadlineMs) {
        throw new Error(`Waited 20 s for ${what}; the Sentinel says:\n${this.sentinel.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
