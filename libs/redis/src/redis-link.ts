import { Backoff, type Clock, systemClock } from '@partyline/runtime';
import { Redis } from 'ioredis';
import { clientName, clientOptions } from './client-options.ts';
import { explainRedisError, RedisError } from './redis-error.ts';
import { SentinelWatch } from './sentinel-watch.ts';
import { checkServer } from './server-check.ts';
import { ServerPulse } from './server-pulse.ts';
import { type StallWatch, watchRedis } from './stall-watch.ts';
import { describeTarget, type RedisTarget, type SentinelTarget, type SingleTarget } from './target.ts';

export interface RedisLinkOptions {
  target: SingleTarget | SentinelTarget;
  /** What the server is judged by and messages speak of; `target` unless given. For nodes of a Cluster. */
  partOf?: RedisTarget;
  /** Who connects, such as an edge's id. */
  name: string;
  /** What for, such as `publisher`. */
  role: string;
  /** A command unanswered this long ends the connection; 1,000 unless given. 0: never, for blocking commands. */
  stallMs?: number;
  /** Bounds of the delay before a new attempt, in ms; 50 and 2,000 unless given. */
  backoff?: { baseMs: number; maxMs: number };
  /** Called at each connect, before `up` is true for anybody else. */
  onUp?: (() => void) | undefined;
  onDown?: (() => void) | undefined;
}

/** Of which server and connection a line is. */
export interface RedisLogFields {
  redis: string;
  role: string;
  reason?: string;
}

/** How pino is called: fields first, message second. */
export interface RedisLog {
  /** A connection that was away is back. */
  info(fields: RedisLogFields, message: string): void;
  /** A connection is away; it is tried on. */
  warn(fields: RedisLogFields, message: string): void;
  /** Somebody must repair something. */
  error(fields: RedisLogFields, message: string): void;
}

export interface RedisLinkStats {
  /** Connections made, the first included. */
  connects: number;
  /** Connections that ended without being told to. */
  losses: number;
  /** Connections ended because nothing was answered. */
  stalls: number;
}

export interface RedisServices {
  log?: RedisLog | undefined;
  /** The clock that a server's is compared with; the system's unless given. */
  clock?: Clock | undefined;
}

const DEFAULT_STALL_MS = 1_000;

type State =
  | { kind: 'new' }
  | { kind: 'connecting' }
  | { kind: 'up' }
  | { kind: 'away' }
  | { kind: 'stopped' };

/**
 * One connection to one server (or to the master that Sentinels name), made anew for as long as it takes. While it
 * is away every command is refused at once; a command under way when it ends is refused then.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly stats: RedisLinkStats = { connects: 0, losses: 0, stalls: 0 };
  readonly #options: RedisLinkOptions;
  readonly #reportedTarget: RedisTarget;
  readonly #log: RedisLog | undefined;
  readonly #pulse: ServerPulse;
  readonly #backoff: Backoff;
  readonly #sentinels: SentinelWatch | undefined;
  #watch: StallWatch | undefined;
  #state: State = { kind: 'new' };
  #problem: RedisError | undefined;
  #isChecked = false;
  #settleStart: ((error?: RedisError) => void) | undefined;

  constructor(options: RedisLinkOptions, { log, clock = systemClock }: RedisServices = {}) {
    const { target, name, role, backoff = { baseMs: 50, maxMs: 2_000 } } = options;
    this.#options = options;
    this.#reportedTarget = options.partOf ?? target;
    this.#log = log;
    this.#pulse = new ServerPulse(() => clock.now());
    this.#backoff = new Backoff(backoff);
    if (target.kind === 'sentinel') {
      this.#sentinels = new SentinelWatch(target, clientName(name, `${role}-watch`));
    }
    this.redis = new Redis({
      ...clientOptions(target, clientName(name, role), () => this.#backoff.nextDelayMs()),
      lazyConnect: true,
    });
    this.redis.on('error', (error) => this.#fail(error));
    this.redis.on('sentinelError', (error) => this.#fail(error));
    this.redis.on('ready', () => void this.#becomeReady());
    this.redis.on('close', () => this.#becomeAway());
    this.redis.on('end', () => this.#revive());
  }

  get up(): boolean {
    return this.#state.kind === 'up';
  }

  /** What is the matter, as one sentence; undefined while nothing is. */
  get problem(): string | undefined {
    return this.#problem?.message;
  }

  /** Of the last probe, which is sent each second; undefined while nothing is known. In ms. */
  get roundTripMs(): number | undefined {
    return this.#pulse.roundTripMs;
  }

  /** By how much the server's clock is ahead, in ms. */
  get clockOffsetMs(): number | undefined {
    return this.#pulse.clockOffsetMs;
  }

  /**
   * Resolves when connected, and also when the server is away: it is then tried on.
   * @throws RedisError when the server answers but cannot be used: wrong password, too old, another kind
   */
  async start(): Promise<void> {
    if (this.#state.kind !== 'new') return;
    this.#state = { kind: 'connecting' };
    const { stallMs = DEFAULT_STALL_MS, target } = this.#options;
    if (stallMs > 0) {
      const isNamed = target.kind === 'sentinel';
      const probe = async (redis: Redis): Promise<void> => {
        await Promise.all([this.#pulse.take(redis), isNamed && this.#probeRole(redis)]);
      };
      const onStall = (): void => {
        this.stats.stalls += 1;
      };
      this.#watch = watchRedis(this.redis, { stallMs, probe, onStall });
    }
    const settled = new Promise<void>((resolve, reject) => {
      this.#settleStart = (error) => {
        this.#settleStart = undefined;
        if (error === undefined || error.code === 'away') resolve();
        else reject(error);
      };
    });
    this.#sentinels?.start(stallMs || DEFAULT_STALL_MS);
    this.redis.connect().catch(() => {
      // Told by the error event, which has the cause.
    });
    await settled;
  }

  /** Ends the connection at once; what was under way is refused. Idempotent. */
  stop(): void {
    if (this.#state.kind === 'stopped') return;
    const wasStarted = this.#state.kind !== 'new';
    this.#state = { kind: 'stopped' };
    this.#watch?.stop();
    this.#sentinels?.stop();
    this.#settleStart?.();
    if (!wasStarted) return;
    this.redis.disconnect();
    // A server that hangs would let the closing take seconds.
    this.redis.stream?.destroy();
  }

  /** Ends the connection and makes a new one. */
  reconnect(): void {
    this.redis.stream?.destroy(new Error('reconnecting'));
  }

  get #isStopped(): boolean {
    return this.#state.kind === 'stopped';
  }

  async #becomeReady(): Promise<void> {
    if (this.#state.kind === 'stopped') return;
    this.#backoff.reset();
    const stream = this.redis.stream;
    try {
      const check = checkServer(this.redis, this.#reportedTarget);
      // Later on the check must not keep anybody waiting: servers rarely become older.
      if (this.#isChecked) this.#becomeUp();
      const problem = await check;
      if (stream !== this.redis.stream || this.#isStopped) return;
      this.#isChecked = true;
      if (problem !== undefined) {
        this.#fail(problem);
        stream.destroy();
      } else if (this.#state.kind !== 'up') this.#becomeUp();
    } catch (error) {
      this.#fail(error);
      stream.destroy();
    }
  }

  #becomeUp(): void {
    const { role } = this.#options;
    this.stats.connects += 1;
    if (this.#state.kind === 'away') {
      this.#log?.info({ redis: this.#where, role }, `Redis is back (${role}).`);
    }
    this.#state = { kind: 'up' };
    this.#problem = undefined;
    this.#options.onUp?.();
    this.#settleStart?.();
  }

  #becomeAway(): void {
    const { role } = this.#options;
    if (this.#state.kind === 'stopped' || this.#state.kind === 'away') return;
    const wasUp = this.#state.kind === 'up';
    this.#state = { kind: 'away' };
    this.#pulse.forget();
    this.#problem ??= new RedisError('away', `Redis at ${this.#where} closed the connection.`);
    if (wasUp) {
      this.stats.losses += 1;
      this.#options.onDown?.();
    }
    this.#log?.warn({ redis: this.#where, role, reason: this.#problem.message }, `Redis is away (${role}).`);
    this.#settleStart?.(this.#problem);
  }

  /** ioredis gives up in some cases that may pass, such as a Sentinel that names no master yet. */
  #revive(): void {
    if (this.#state.kind === 'stopped') return;
    this.#becomeAway();
    const timer = setTimeout(() => {
      if (this.#state.kind === 'stopped' || this.redis.status !== 'end') return;
      this.redis.connect().catch(() => {});
    }, this.#backoff.nextDelayMs());
    timer.unref();
  }

  #fail(error: unknown): void {
    if (this.#state.kind === 'stopped') return;
    const problem = explainRedisError(error, this.#reportedTarget);
    // What somebody must repair is not to be hidden by the closed connection that follows from it.
    if (problem.code === 'away' && this.#problem !== undefined && this.#problem.code !== 'away') return;
    if (problem.code !== 'away' && problem.message !== this.#problem?.message) {
      this.#log?.error({ redis: this.#where, role: this.#options.role }, problem.message);
    }
    this.#problem = problem;
    this.#settleStart?.(problem);
  }

  /** A former master goes on answering, first as a master, then as a replica; what is published there reaches few. */
  async #probeRole(redis: Redis): Promise<void> {
    const { stream } = redis;
    const [role, isElsewhere] = await Promise.all([redis.call('ROLE'), this.#sentinels?.isElsewhere(stream)]);
    const isMaster = Array.isArray(role) && role[0] === 'master';
    if ((!isMaster || isElsewhere) && stream === redis.stream) this.reconnect();
  }

  get #where(): string {
    const { target } = this.#options;
    return describeTarget(target);
  }
}
