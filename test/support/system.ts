import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type AccessTokenOptions, generateTicketKey, mintAccessToken, TicketSigner } from '@partyline/tokens';
import { ApiClient } from './api-client.ts';
import { Inspector } from './inspector.ts';
import { MetricsPage } from './metrics-page.ts';
import { RawClient, type RawClientOptions } from './raw-client.ts';
import { until } from './wait.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));
const KEY_ID = 'scenario';

export interface SystemOptions {
  /** Further environment variables, such as limits that a scenario wants reached soon. */
  env?: Readonly<Record<string, string>>;
  /** Lets `liveMiB` look into the process. */
  inspected?: boolean;
}

/** How a participant joins; unnamed grants are those of an access token. */
export type Participant = Omit<AccessTokenOptions, 'keyId' | 'secret' | 'room' | 'identity'> & {
  room: string;
  identity: string;
  /** From an earlier join: comes back as the same session. */
  resumeId?: string;
  socket?: RawClientOptions;
};

/**
 * The system under test as a scenario sees it: an API, an operations port, and keys to mint tokens with. Today
 * it is one process of its own; a scenario must not notice when it is a cluster.
 */
export class System {
  /** The API without any token. */
  readonly api: ApiClient;
  /** The API with an administrator's token. */
  readonly admin: ApiClient;
  /** Signs tickets with the system's own key: for tickets that no directory would give out. */
  readonly tickets: TicketSigner;
  /** Lines of the process's output. */
  readonly output: readonly string[];
  readonly #child: ChildProcess;
  readonly #opsUrl: string;
  readonly #secret: string;

  private constructor(parts: {
    url: string;
    opsUrl: string;
    secret: string;
    adminToken: string;
    tickets: TicketSigner;
    output: readonly string[];
    child: ChildProcess;
  }) {
    this.api = new ApiClient(parts.url);
    this.admin = this.api.as(parts.adminToken);
    this.tickets = parts.tickets;
    this.output = parts.output;
    this.#child = parts.child;
    this.#opsUrl = parts.opsUrl;
    this.#secret = parts.secret;
  }

  /**
   * Starts everything with an API key of its own (no guests) on ports that the operating system chooses.
   * @throws Error with the output, when nothing is served within 30 s
   */
  static async start(options: SystemOptions = {}): Promise<System> {
    const secret = randomBytes(32).toString('base64url');
    const ticketKey = generateTicketKey();
    const inspect = options.inspected === true ? ['--inspect=127.0.0.1:0'] : [];
    const child = spawn(process.execPath, [...inspect, '--import', 'tsx', MAIN], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        PARTYLINE_API_KEYS: `${KEY_ID}:${secret}`,
        PARTYLINE_TICKET_KEY: ticketKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        // Makes the system watch this process, so that it never outlives a scenario that was killed.
        npm_lifecycle_event: 'scenario',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => output.push(line));
    }
    const found = { url: '', opsUrl: '' };
    await until(
      'the system to serve',
      () => {
        if (child.exitCode !== null) throw new Error(`the system ended at once:\n${output.join('\n')}`);
        const urls = output.join('\n').match(/https?:\/\/127\.0\.0\.1:[^\s"',)]+/g) ?? [];
        found.url = urls.find((url) => !url.includes('/metrics')) ?? '';
        found.opsUrl = urls.find((url) => url.includes('/metrics'))?.replace(/\/metrics.*/, '') ?? '';
        return found.url !== '' && found.opsUrl !== '';
      },
      30_000,
    );
    const adminToken = await mintAccessToken({ keyId: KEY_ID, secret, admin: true });
    const tickets = new TicketSigner(ticketKey);
    return new System({ ...found, secret, adminToken, tickets, output, child });
  }

  /** An access token of this system's API key. */
  token(options: Omit<AccessTokenOptions, 'keyId' | 'secret'>): Promise<string> {
    return mintAccessToken({ keyId: KEY_ID, secret: this.#secret, ...options });
  }

  /** Joins through the API and says hello; returns when the session is ready or refused. */
  async join({ room, identity, resumeId, socket, ...token }: Participant): Promise<RawClient> {
    const access = await this.token({ room, identity, ...token });
    const api = this.api.as(access);
    const reply = await api.join(room, resumeId === undefined ? {} : { resumeId });
    return RawClient.connect(reply, api.socketUrl(reply), socket);
  }

  /** What the operations port says now. */
  async metrics(): Promise<MetricsPage> {
    const response = await fetch(`${this.#opsUrl}/metrics`);
    return new MetricsPage(await response.text());
  }

  /** Status of a page of the operations port, such as `/healthz`. */
  async opsStatus(path: string): Promise<number> {
    return (await fetch(`${this.#opsUrl}${path}`)).status;
  }

  /** Resident memory of the process, in MiB. */
  async residentMiB(): Promise<number> {
    return (await this.metrics()).sum('process_resident_memory_bytes') / 1_048_576;
  }

  /** Memory in use once all garbage has been collected, on V8's heap and beside it, in MiB. */
  async liveMiB(): Promise<number> {
    const url = /ws:\/\/127\.0\.0\.1:\S+/.exec(this.output.join('\n'))?.[0];
    if (url === undefined) throw new Error('start the system with "inspected" to look into it');
    const inspector = await Inspector.attach(url);
    await inspector.collectGarbage();
    inspector.close();
    const page = await this.metrics();
    return (page.sum('nodejs_heap_size_used_bytes') + page.sum('nodejs_external_memory_bytes')) / 1_048_576;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it as an operator does, and by force if that takes more than 10 s. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  }
}

/** Does something with a system of its own, which is stopped afterwards whatever happened. */
export const withSystem = async <T>(
  options: SystemOptions,
  use: (system: System) => Promise<T>,
): Promise<T> => {
  const system = await System.start(options);
  try {
    return await use(system);
  } finally {
    await system.stop();
  }
};
