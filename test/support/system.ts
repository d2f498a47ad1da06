import { randomBytes } from 'node:crypto';
import { type AccessTokenOptions, generateTicketKey, mintAccessToken, TicketSigner } from '@partyline/tokens';
import { ApiClient } from './api-client.ts';
import { Inspector } from './inspector.ts';
import { MetricsPage } from './metrics-page.ts';
import { type Program, serve } from './program.ts';
import { RawClient, type RawClientOptions } from './raw-client.ts';

const KEY_ID = 'scenario';
/** The page's address, and that of the operations port. */
const READY = /is ready: (\S+)[\s\S]*?(http:\S+)\/metrics/;

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
  readonly #program: Program;
  readonly #opsUrl: string;
  readonly #secret: string;

  private constructor(parts: {
    url: string;
    opsUrl: string;
    secret: string;
    adminToken: string;
    tickets: TicketSigner;
    program: Program;
  }) {
    this.api = new ApiClient(parts.url);
    this.admin = this.api.as(parts.adminToken);
    this.tickets = parts.tickets;
    this.#program = parts.program;
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
    const program = serve([], {
      env: {
        PARTYLINE_API_KEYS: `${KEY_ID}:${secret}`,
        PARTYLINE_TICKET_KEY: ticketKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        ...options.env,
      },
      ...(options.inspected === true && { nodeFlags: ['--inspect=127.0.0.1:0'] }),
    });
    const served = await program.prints(READY, 30_000).catch(async (error: unknown) => {
      await program.stop();
      throw error;
    });
    const [, url, opsUrl] = served as unknown as [string, string, string];
    const adminToken = await mintAccessToken({ keyId: KEY_ID, secret, admin: true });
    const tickets = new TicketSigner(ticketKey);
    return new System({ url, opsUrl, secret, adminToken, tickets, program });
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

  /** A call: speakers and listeners in one room, named by what they are and counted from 0. */
  async gather(
    room: string,
    counts: { speakers: number; listeners: number },
  ): Promise<{ speakers: RawClient[]; listeners: RawClient[] }> {
    const join = (kind: string, count: number, publish: boolean): Promise<RawClient[]> =>
      Promise.all(
        Array.from({ length: count }, (_, i) =>
          this.join({ room, identity: `${kind}-${i}`, grants: { publish } }),
        ),
      );
    const speakers = await join('speaker', counts.speakers, true);
    return { speakers, listeners: await join('listener', counts.listeners, false) };
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
    const url = /ws:\/\/127\.0\.0\.1:\S+/.exec(this.#program.output)?.[0];
    if (url === undefined) throw new Error('start the system with "inspected" to look into it');
    const inspector = await Inspector.attach(url);
    await inspector.collectGarbage();
    inspector.close();
    const page = await this.metrics();
    return (page.sum('nodejs_heap_size_used_bytes') + page.sum('nodejs_external_memory_bytes')) / 1_048_576;
  }

  get running(): boolean {
    return this.#program.running;
  }

  /** Ends it as an operator does, and by force if that takes too long. */
  stop(): Promise<void> {
    return this.#program.stop();
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
