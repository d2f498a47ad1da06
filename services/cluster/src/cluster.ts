import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePort } from '@partyline/redis/server';
import { Member } from './member.ts';
import { type ClusterOptions, DEFAULT_REGIONS, type RegionOptions } from './options.ts';
import { type RegionRedis, startRedis } from './redis-of-region.ts';
import { settingsOf } from './settings.ts';

/** An edge, a directory or a recorder. */
export interface Place {
  id: string;
  region: string;
  /** Where clients reach it: ws:// of an edge, http:// of a directory; no slash at the end; empty of a recorder. */
  url: string;
  member: Member;
}

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EDGE_PROGRAM = program('../../edge/src/main.ts');
/** A directory that serves the page as well. */
const DIRECTORY_PROGRAM = program('../../standalone/src/directory-with-page.ts');
const RECORDER_PROGRAM = program('../../recorder/src/main.ts');
const programOf = (id: string, program: ClusterOptions['edgeProgram']): string | undefined =>
  typeof program === 'function' ? program(id) : program;
const STOP_DEADLINE_MS = 5_000;
/** Signals closer to each other count as one. */
const HURRY_AFTER_MS = 300;
const RESPAWN_AFTER_MS = 1_000;
const KEY_ID = 'cluster';

/** Redis, directories and edges of several regions, each a process of its own, on this machine. */
export class Cluster {
  readonly edges: Place[] = [];
  readonly directories: Place[] = [];
  readonly recorders: Place[] = [];
  readonly redis = new Map<string, RegionRedis>();
  /** The API key with which backends sign access tokens here. */
  readonly apiKey = { id: KEY_ID, secret: randomBytes(32).toString('base64url') };
  /** PEM; the directories sign tickets with it. */
  readonly ticketKey: string;
  readonly #options: ClusterOptions;
  readonly #regions: readonly RegionOptions[];
  #state: 'starting' | 'running' | 'stopping' = 'starting';

  private constructor(options: ClusterOptions) {
    this.#options = options;
    this.#regions = options.regions ?? DEFAULT_REGIONS;
    const { privateKey } = generateKeyPairSync('ed25519');
    this.ticketKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /**
   * Starts everything and waits until it is ready.
   * @throws Error that says what is missing or did not start; nothing is left running then
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(options);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The first directory: page and API; no slash at the end. */
  get url(): string {
    return this.directories[0]!.url;
  }

  get members(): Member[] {
    return [...this.directories, ...this.edges, ...this.recorders].map(({ member }) => member);
  }

  edge(id: string): Place {
    const found = this.edges.find((edge) => edge.id === id);
    if (found === undefined) throw new Error(`There is no edge "${id}".`);
    return found;
  }

  /** Ends everything. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    const hurry = setTimeout(() => {
      // Asked twice, an edge closes at once instead of moving people to edges that end as well.
      for (const { member } of this.edges) member.signal('SIGTERM');
    }, HURRY_AFTER_MS);
    await Promise.all(this.members.map((member) => member.stop(STOP_DEADLINE_MS)));
    clearTimeout(hurry);
    await Promise.all([...this.redis.values()].map((redis) => redis.stop()));
  }

  async #start(): Promise<void> {
    const started = await Promise.allSettled(
      this.#regions.map(async (region) =>
        this.redis.set(region.name, await startRedis(region, this.#options)),
      ),
    );
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    for (const region of this.#regions) {
      for (let index = 1; index <= region.directories; index++) await this.#addDirectory(region, index);
    }
    for (const region of this.#regions) {
      for (let index = 1; index <= region.edges; index++) await this.#addEdge(region, index);
    }
    for (const region of this.#regions) {
      for (let index = 1; index <= (region.recorders ?? 0); index++) await this.#addRecorder(region, index);
    }
    // Edges ask directories for keys: who comes first need not complain.
    await Promise.all(this.directories.map(({ member }) => member.start()));
    await Promise.all([...this.edges, ...this.recorders].map(({ member }) => member.start()));
    this.#state = 'running';
  }

  #respawn(name: string): void {
    if (this.#state !== 'running' || this.#options.respawn !== true) return;
    setTimeout(() => {
      const member = this.members.find((other) => other.name === name);
      if (this.#state !== 'running' || member === undefined || member.running) return;
      this.#options.onLine?.(name, 'ended; it is started again');
      member.spawn();
    }, RESPAWN_AFTER_MS);
  }

  async #addDirectory(region: RegionOptions, index: number): Promise<void> {
    const { host = '127.0.0.1' } = region;
    const isFirst = this.directories.length === 0;
    const port = (isFirst ? this.#options.port : undefined) ?? (await freePort('127.0.0.1'));
    const id = `${region.name}-directory-${index}`;
    const opsPort = await freePort('127.0.0.1');
    const member = this.#member(region, 'directory', {
      name: id,
      program: programOf(id, this.#options.directoryProgram) ?? DIRECTORY_PROGRAM,
      opsUrl: `http://${host}:${opsPort}`,
      env: {
        PARTYLINE_DIRECTORY_REGION: region.name,
        PARTYLINE_DIRECTORY_HOST: host,
        PARTYLINE_DIRECTORY_PORT: String(port),
        PARTYLINE_OPS_HOST: host,
        PARTYLINE_OPS_PORT: String(opsPort),
        PARTYLINE_API_KEYS: `${this.apiKey.id}:${this.apiKey.secret}`,
        PARTYLINE_TICKET_KEY: this.ticketKey,
        ...this.#options.directoryEnv,
      },
    });
    this.directories.push({ id, region: region.name, url: `http://${host}:${port}`, member });
  }

  async #addEdge(region: RegionOptions, index: number): Promise<void> {
    const id = `${region.name}-edge-${index}`;
    const place = { ...region, ...this.#options.edgeHosts?.[id] };
    const { host = '127.0.0.1' } = place;
    const [port, opsPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const url = `ws://${host}:${port}`;
    const own = this.directories.filter((directory) => directory.region === region.name);
    const directories = own.length > 0 ? own : this.directories;
    const member = this.#member(place, 'edge', {
      name: id,
      program: programOf(id, this.#options.edgeProgram) ?? EDGE_PROGRAM,
      opsUrl: `http://${host}:${opsPort}`,
      env: {
        PARTYLINE_EDGE_ID: id,
        PARTYLINE_EDGE_REGION: region.name,
        PARTYLINE_EDGE_HOST: host,
        PARTYLINE_EDGE_PORT: String(port),
        PARTYLINE_EDGE_URL: `${url}/v1/ws`,
        PARTYLINE_OPS_HOST: host,
        PARTYLINE_OPS_PORT: String(opsPort),
        PARTYLINE_EDGE_ORIGINS: '*',
        PARTYLINE_DIRECTORY_URLS: directories.map((directory) => directory.url).join(','),
        ...this.#options.edgeEnv,
      },
    });
    this.edges.push({ id, region: region.name, url, member });
  }

  async #addRecorder(region: RegionOptions, index: number): Promise<void> {
    const { host = '127.0.0.1' } = region;
    const id = `${region.name}-recorder-${index}`;
    const opsPort = await freePort('127.0.0.1');
    const directory = this.directories.find((one) => one.region === region.name) ?? this.directories[0]!;
    const member = this.#member(region, 'recorder', {
      name: id,
      program: RECORDER_PROGRAM,
      opsUrl: `http://${host}:${opsPort}`,
      env: {
        PARTYLINE_RECORDER_ID: id,
        PARTYLINE_RECORDER_REGION: region.name,
        PARTYLINE_RECORDER_DIRECTORY_URL: directory.url,
        PARTYLINE_RECORDER_API_KEY: `${this.apiKey.id}:${this.apiKey.secret}`,
        PARTYLINE_OPS_HOST: host,
        PARTYLINE_OPS_PORT: String(opsPort),
        ...this.#options.recorderEnv,
      },
    });
    this.recorders.push({ id, region: region.name, url: '', member });
  }

  #member(
    region: RegionOptions,
    kind: 'edge' | 'directory' | 'recorder',
    options: { name: string; program: string; opsUrl: string; env: Record<string, string> },
  ): Member {
    const { env = {}, nodeFlags, onLine = () => undefined } = this.#options;
    return new Member({
      ...options,
      env: { ...this.#redisEnv(region, kind), ...settingsOf(kind, env), ...options.env },
      onLine,
      onEnd: (name) => this.#respawn(name),
      ...(nodeFlags && { nodeFlags }),
      ...(region.launcher && { launcher: region.launcher }),
    });
  }

  #redisEnv(region: RegionOptions, kind: string): Record<string, string> {
    const others = this.#regions
      .filter(({ name }) => name !== region.name)
      .map(({ name }) => `${name}=${this.redis.get(name)!.wanUrl}`);
    const [first] = this.#regions;
    const control = this.redis.get(first!.name)!;
    return {
      PARTYLINE_REDIS_URL: this.redis.get(region.name)!.url,
      ...(others.length > 0 && { PARTYLINE_REDIS_REGIONS: others.join(';') }),
      // A recorder keeps nothing there that others would look for.
      ...(others.length > 0 &&
        kind !== 'recorder' && {
          PARTYLINE_CONTROL_REDIS_URL: region.name === first!.name ? control.url : control.wanUrl,
        }),
    };
  }
}
