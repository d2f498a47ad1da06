import type { Cluster, Redis } from 'ioredis';
import type { Reply } from './encoding.ts';
import { EVENT_SCRIPTS } from './event-scripts.ts';
import { JOINING_SCRIPTS } from './joining-scripts.ts';
import { LEASE_SCRIPTS } from './lease-scripts.ts';
import { MEMBER_SCRIPTS } from './member-scripts.ts';
import { MODERATION_SCRIPTS } from './moderation-scripts.ts';
import { PLACE_SCRIPTS } from './place-scripts.ts';
import { failureOf, unavailable } from './redis-failure.ts';
import { ROOM_SCRIPTS } from './room-scripts.ts';
import { SWEEP_SCRIPTS } from './sweep-scripts.ts';

/** One server, the master that Sentinels name, or a Cluster. */
export type RedisClient = Redis | Cluster;

const SCRIPTS = {
  ...EVENT_SCRIPTS,
  ...JOINING_SCRIPTS,
  ...LEASE_SCRIPTS,
  ...MEMBER_SCRIPTS,
  ...MODERATION_SCRIPTS,
  ...PLACE_SCRIPTS,
  ...ROOM_SCRIPTS,
  ...SWEEP_SCRIPTS,
};
export type ScriptName = keyof typeof SCRIPTS;
type Run = (keyCount: number, ...args: (string | number)[]) => Promise<Reply>;

/** A command without an answer for this long is given up, in ms. It may be carried out nevertheless. */
export const COMMAND_TIMEOUT_MS = 1_500;

export interface ScriptsOptions {
  /** For messages. */
  region: string;
  timeoutMs: number;
}

/** Plain counters, read at scrape time. */
export interface ScriptsStats {
  commands: number;
  /** Refused or unanswered, because Redis was away. */
  unavailable: number;
}

/** Runs the registry's scripts, says plainly when that fails, and never waits long. */
export class Scripts {
  readonly stats: ScriptsStats = { commands: 0, unavailable: 0 };
  readonly #redis: RedisClient;
  readonly #options: ScriptsOptions;
  readonly #onOutcome: (isContact: boolean) => void;

  /** @param onOutcome told of each command whether Redis was there */
  constructor(
    options: ScriptsOptions,
    { redis, onOutcome }: { redis: RedisClient; onOutcome?: (isContact: boolean) => void },
  ) {
    this.#options = options;
    this.#redis = redis;
    this.#onOutcome = onOutcome ?? (() => undefined);
    for (const [name, lua] of Object.entries(SCRIPTS)) {
      if (!(commandName(name) in redis)) redis.defineCommand(commandName(name), { lua });
    }
  }

  run(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    return this.command((redis) => {
      const commands = redis as unknown as Record<string, Run>;
      return commands[commandName(name)]!(keys.length, ...keys, ...args);
    });
  }

  /** @throws RegistryError `unavailable` within the time-out while Redis is away */
  async command<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    const { region, timeoutMs } = this.#options;
    this.stats.commands += 1;
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = command(this.#redis);
      const overrun = new Promise<never>((_resolve, reject) => {
        const overdue = (): void => reject(unavailable(region, `no answer for ${timeoutMs} ms`));
        timer = setTimeout(overdue, timeoutMs);
      });
      const reply = await Promise.race([answer, overrun]);
      this.#onOutcome(true);
      return reply;
    } catch (error) {
      const failure = failureOf(error, region);
      // An answer is contact, even one that nobody wants.
      const isContact = failure === error && (error as Error).name === 'ReplyError';
      if (!isContact) this.stats.unavailable += 1;
      this.#onOutcome(isContact);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }
}

const commandName = (name: string): string => `partyline:${name}`;
