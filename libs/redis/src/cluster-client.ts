import { Backoff, type Clock, systemClock } from '@partyline/runtime';
import { Cluster, type Redis } from 'ioredis';
import { clientName, commonOptions } from './client-options.ts';
import type { RedisClient, RedisClientOptions } from './redis-client.ts';
import { explainRedisError, RedisError } from './redis-error.ts';
import type { RedisLinkStats, RedisLog, RedisServices } from './redis-link.ts';
import { checkServer } from './server-check.ts';
import { ServerPulse } from './server-pulse.ts';
import { type StallWatch, watchRedis } from './stall-watch.ts';
import { type ClusterTarget, describeTarget } from './target.ts';

const PROBLEM_SHOWN_MS = 10_000;

type State = 'new' | 'connecting' | 'up' | 'away' | 'stopped';

/** State in a Redis Cluster: ioredis finds the master of each key, and a watch on every connection ends dead ones. */
export class ClusterClient implements RedisClient {
  readonly redis: Cluster;
  readonly stats: RedisLinkStats = { connects: 0, losses: 0, stalls: 0 };
  readonly #target: ClusterTarget;
  readonly #options: RedisClientOptions;
  readonly #log: RedisLog | undefined;
  readonly #backoff = new Backoff({ baseMs: 50, maxMs: 2_000 });
  readonly #clock: Clock;
  readonly #watches = new Map<Redis, { stalls: StallWatch; pulse: ServerPulse }>();
  #state: State = 'new';
  #problem: RedisError | undefined;
  #problemAtMs = 0;
  #settleStart: ((error?: RedisError) => void) | undefined;

  constructor(
    target: ClusterTarget,
    options: RedisClientOptions,
    { log, clock = systemClock }: RedisServices,
  ) {
    const { name, role } = options;
    const { username, password, tls } = target;
    this.#target = target;
    this.#options = options;
    this.#log = log;
    this.#clock = clock;
    // Queues and retries are set for the cluster as a whole; its connections follow the topology, not a timer.
    const { enableOfflineQueue, ...common } = commonOptions(clientName(name, role));
    this.redis = new Cluster([...target.nodes], {
      lazyConnect: true,
      enableOfflineQueue,
      clusterRetryStrategy: () => this.#backoff.nextDelayMs(),
      // Zero: a command whose connection ended is refused, as it may have been carried out.
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: 1_000,
      redisOptions: {
        ...common,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(tls && { tls: {} }),
      },
    });
    this.redis.on('+node', (node: Redis) => this.#watch(node));
    this.redis.on('-node', (node: Redis) => this.#unwatch(node));
    this.redis.on('node error', (error: unknown) => this.#fail(error));
    this.redis.on('error', (error: unknown) => this.#fail(error));
    this.redis.on('ready', () => void this.#becomeReady());
    this.redis.on('close', () => this.#becomeAway());
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  get problem(): string | undefined {
    // Nothing tells when a single node is well again, so while the cluster is up its troubles fade by themselves.
    const isPast = this.up && performance.now() - this.#problemAtMs > PROBLEM_SHOWN_MS;
    return isPast ? undefined : this.#problem?.message;
  }

  get roundTripMs(): number | undefined {
    return this.#worst((pulse) => pulse.roundTripMs);
  }

  get clockOffsetMs(): number | undefined {
    return this.#worst((pulse) => pulse.clockOffsetMs);
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'connecting';
    const settled = new Promise<void>((resolve, reject) => {
      this.#settleStart = (error) => {
        this.#settleStart = undefined;
        if (error === undefined || error.code === 'away') resolve();
        else reject(error);
      };
    });
    this.redis.connect().catch(() => {
      // Told by the error events, which have the cause.
    });
    await settled;
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    const wasStarted = this.#state !== 'new';
    this.#state = 'stopped';
    this.#settleStart?.();
    const nodes = wasStarted ? this.redis.nodes() : [];
    if (wasStarted) this.redis.disconnect();
    // A server that hangs would let the closing take seconds.
    for (const node of nodes) node.stream?.destroy();
    for (const node of [...this.#watches.keys()]) this.#unwatch(node);
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  async #becomeReady(): Promise<void> {
    if (this.#isStopped) return;
    this.#backoff.reset();
    // A command for a node that is just being connected to would be refused.
    await Promise.all(this.redis.nodes('master').map(connected));
    if (this.#isStopped) return;
    const problem = await checkServer(this.redis, this.#target).catch((error: unknown) =>
      explainRedisError(error, this.#target),
    );
    if (this.#isStopped) return;
    if (problem !== undefined) {
      this.#fail(problem);
      this.redis.disconnect(true);
      return;
    }
    const { role } = this.#options;
    const wasAway = this.#state === 'away';
    this.#state = 'up';
    this.#problem = undefined;
    this.stats.connects += 1;
    if (wasAway) this.#log?.info({ redis: describeTarget(this.#target), role }, `Redis is back (${role}).`);
    this.#options.onUp?.();
    this.#settleStart?.();
  }

  #becomeAway(): void {
    if (this.#isStopped || this.#state === 'away') return;
    const where = describeTarget(this.#target);
    const { role } = this.#options;
    if (this.#state === 'up') this.stats.losses += 1;
    this.#state = 'away';
    this.#problem ??= new RedisError('away', `Redis at ${where} closed the connection.`);
    this.#log?.warn({ redis: where, role, reason: this.#problem.message }, `Redis is away (${role}).`);
    this.#settleStart?.(this.#problem);
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    const problem = explainRedisError(error, this.#target);
    this.#problemAtMs = performance.now();
    if (problem.code === 'away') {
      // One node that cannot be reached is not the cluster: the state changes when ioredis closes it.
      if (this.#problem === undefined || this.#problem.code === 'away') this.#problem = problem;
      return;
    }
    if (problem.message !== this.#problem?.message) {
      this.#log?.error({ redis: describeTarget(this.#target), role: this.#options.role }, problem.message);
    }
    this.#problem = problem;
    this.#settleStart?.(problem);
  }

  /** Of what the nodes' pulses tell, that which is furthest from zero. */
  #worst(read: (pulse: ServerPulse) => number | undefined): number | undefined {
    let worst: number | undefined;
    for (const { pulse } of this.#watches.values()) {
      const value = read(pulse);
      if (value !== undefined && Math.abs(value) >= Math.abs(worst ?? 0)) worst = value;
    }
    return worst;
  }

  #watch(node: Redis): void {
    const { stallMs = 1_000 } = this.#options;
    if (this.#isStopped) return;
    // ioredis waits for a first command, and until then does not notice that a node has gone. In a later turn, as
    // that command may be on its way, and is only kept for a node that nobody has begun to connect to.
    if (this.up) setImmediate(() => void connected(node));
    if (stallMs === 0) return;
    const onStall = (): void => {
      this.stats.stalls += 1;
    };
    const pulse = new ServerPulse(() => this.#clock.now());
    const stalls = watchRedis(node, { stallMs, probe: (redis) => pulse.take(redis), onStall });
    node.on('close', () => pulse.forget());
    this.#watches.set(node, { stalls, pulse });
  }

  #unwatch(node: Redis): void {
    this.#watches.get(node)?.stalls.stop();
    this.#watches.delete(node);
  }
}

/** Resolves when a node is connected to, or could not be. */
async function connected(node: Redis): Promise<void> {
  if (node.status === 'wait') await node.connect().catch(() => {});
  else if (node.status === 'connecting' || node.status === 'connect') {
    await new Promise<void>((resolve) => {
      node.once('ready', resolve);
      node.once('end', resolve);
    });
  }
}
