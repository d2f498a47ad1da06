import type { Cluster } from '@partyline/cluster';
import { type JoinReply, type JoinRequest, WEBSOCKET_PATH } from '@partyline/protocol';
import { type AccessTokenOptions, mintAccessToken, readTicketKey, TicketSigner } from '@partyline/tokens';
import { ApiClient } from './api-client.ts';
import { Caller, type CallerOptions } from './caller.ts';
import { type Deployment, type DeploymentOptions, deploy, SHAPES, type Shape } from './deployment.ts';
import { Inspector } from './inspector.ts';
import { MetricsPage } from './metrics-page.ts';
import { RawClient, type RawClientOptions } from './raw-client.ts';

export type SystemOptions = Omit<DeploymentOptions, 'shape'> & {
  /** As `--shape` on the command line says, or one process, unless given. */
  shape?: Shape;
};

/** How a participant joins; unnamed grants are those of an access token. */
export type Participant = Omit<AccessTokenOptions, 'keyId' | 'secret' | 'room' | 'identity'> & {
  room: string;
  identity: string;
  /** From an earlier join: comes back as the same session. */
  resumeId?: string;
  /** The edge to join on; one after the other unless given. */
  edge?: string;
  /** The directory that is asked, or the region whose first one is; one after the other unless given. */
  via?: string;
  socket?: RawClientOptions;
};

/** The shape that the command line asks for: `--shape cluster`. */
export const shapeAsked = (argv: readonly string[] = process.argv): Shape => {
  const index = argv.findIndex((word) => word === '--shape' || word.startsWith('--shape='));
  if (index < 0) return 'one';
  const word = argv[index]!.includes('=') ? argv[index]!.split('=')[1] : argv[index + 1];
  const shape = SHAPES.find((name) => name === word);
  if (shape === undefined) throw new Error(`--shape takes ${SHAPES.join(', ')}, not "${word ?? ''}"`);
  return shape;
};

/**
 * The system under test as a scenario sees it: an API, operations ports, and keys to mint tokens with. A scenario
 * need not notice whether it is one process or a cluster; on a cluster participants are spread over its edges.
 */
export class System {
  /** The API without any token. */
  readonly api: ApiClient;
  /** The API with an administrator's token. */
  readonly admin: ApiClient;
  /** Signs tickets with the system's own key: for tickets that no directory would give out. */
  readonly tickets: TicketSigner;
  readonly #deployment: Deployment;
  #joins = 0;

  private constructor(deployment: Deployment, adminToken: string) {
    this.#deployment = deployment;
    this.api = new ApiClient(deployment.apiUrls[0]!);
    this.admin = this.api.as(adminToken);
    this.tickets = new TicketSigner(readTicketKey(deployment.ticketKey, 'private'));
  }

  /**
   * Starts everything with an API key of its own (no guests) on ports that the operating system chooses.
   * @throws Error with the output, when nothing is served within 30 s
   */
  static async start(options: SystemOptions = {}): Promise<System> {
    const deployment = await deploy({ ...options, shape: options.shape ?? shapeAsked() });
    const { id: keyId, secret } = deployment.apiKey;
    return new System(deployment, await mintAccessToken({ keyId, secret, admin: true }));
  }

  /** Addresses of the API, one for each directory. */
  get apiUrls(): readonly string[] {
    return this.#deployment.apiUrls;
  }

  /** Ids of the edges; none where there is only one. */
  get edges(): readonly string[] {
    return this.#deployment.edges.map(({ id }) => id);
  }

  /** The WebSocket's URL of some edge, for what belongs to no ticket. */
  get socketUrl(): string {
    const [edge] = this.#deployment.edges;
    return this.api.socketUrl({ url: edge === undefined ? WEBSOCKET_PATH : `${edge.url}${WEBSOCKET_PATH}` });
  }

  /** The processes. @throws Error where there is only one */
  get cluster(): Cluster {
    const { cluster } = this.#deployment;
    if (cluster === undefined) throw new Error('this scenario needs --shape cluster');
    return cluster;
  }

  get isCluster(): boolean {
    return this.#deployment.cluster !== undefined;
  }

  /** An access token of this system's API key. */
  token(options: Omit<AccessTokenOptions, 'keyId' | 'secret'>): Promise<string> {
    const { id: keyId, secret } = this.#deployment.apiKey;
    return mintAccessToken({ keyId, secret, ...options });
  }

  /** Joins through the API and says hello; returns when the session is ready or refused. */
  async join({ socket, ...participant }: Participant): Promise<RawClient> {
    const { reply, socketUrl } = await this.ticket(participant);
    return RawClient.connect(reply, socketUrl, socket);
  }

  /** Joins through the API alone: a ticket, and where to go with it. */
  async ticket({ room, identity, resumeId, edge, via, ...token }: Omit<Participant, 'socket'>): Promise<{
    reply: JoinReply;
    socketUrl: string;
  }> {
    const access = await this.token({ room, identity, ...token });
    const where = this.#where(edge);
    // Not in step with the edges, or each edge would have a directory of its own.
    const url = this.#directory(Math.floor(this.#joins / 3), via);
    const api = new ApiClient(url, access);
    const reply = await api.join(room, { ...(resumeId === undefined ? {} : { resumeId }), ...where });
    return { reply, socketUrl: api.socketUrl(reply) };
  }

  /** Joins with the SDK, which reconnects and moves by itself. */
  async call(
    { room, identity, edge, via, ...token }: Omit<Participant, 'socket' | 'resumeId'>,
    how: Pick<CallerOptions, 'sdk' | 'line' | 'uplinkDeadlineMs'> & { url?: string } = {},
  ): Promise<Caller> {
    const url = how.url ?? this.#directory(this.#joins, via);
    const { avoid = [], region } = this.#where(edge);
    return Caller.join({
      ...how,
      url,
      room,
      token: () => this.token({ room, identity, ...token }),
      avoid,
      ...(region !== undefined && { region }),
    });
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

  /** What the operations ports say now, all of them together; processes that are gone are left out. */
  async metrics(): Promise<MetricsPage> {
    const pages = await this.pages();
    return new MetricsPage(pages.map(({ text }) => text).join('\n'));
  }

  /** The same, a page for each process. */
  pages(): Promise<MetricsPage[]> {
    return Promise.all(this.#deployment.opsUrls.map((url) => this.#page(url)));
  }

  /** What each edge says now: by its id, or under the empty name where there is only one. */
  async edgePages(): Promise<Map<string, MetricsPage>> {
    const { edges, opsUrls } = this.#deployment;
    const all = edges.length > 0 ? edges : [{ id: '', opsUrl: opsUrls[0]! }];
    return new Map(
      await Promise.all(all.map(async ({ id, opsUrl }) => [id, await this.#page(opsUrl)] as const)),
    );
  }

  /** Status of a page of the operations port, such as `/healthz`: of several ports, the highest. */
  async opsStatus(path: string): Promise<number> {
    const all = await Promise.all(this.#deployment.opsUrls.map((url) => fetch(`${url}${path}`)));
    return Math.max(...all.map(({ status }) => status));
  }

  /** Resident memory of its processes, in MiB. */
  async residentMiB(): Promise<number> {
    return (await this.metrics()).sum('process_resident_memory_bytes') / 1_048_576;
  }

  /** Memory in use once all garbage has been collected, on V8's heap and beside it, in MiB. */
  async liveMiB(): Promise<number> {
    const urls = this.#deployment.output().map((text) => /ws:\/\/127\.0\.0\.1:\S+/.exec(text)?.[0]);
    for (const url of urls) {
      if (url === undefined) throw new Error('start the system with "inspected" to look into it');
      const inspector = await Inspector.attach(url);
      await inspector.collectGarbage();
      inspector.close();
    }
    const page = await this.metrics();
    return (page.sum('nodejs_heap_size_used_bytes') + page.sum('nodejs_external_memory_bytes')) / 1_048_576;
  }

  get running(): boolean {
    return this.#deployment.running();
  }

  /** Ends it as an operator does, and by force if that takes too long. */
  stop(): Promise<void> {
    return this.#deployment.stop();
  }

  async #page(opsUrl: string): Promise<MetricsPage> {
    try {
      const response = await fetch(`${opsUrl}/metrics`);
      return new MetricsPage(await response.text());
    } catch (error) {
      if (this.#deployment.cluster === undefined) throw error;
      return new MetricsPage('');
    }
  }

  /** The API with an administrator's token, as one directory, or a region's first one, serves it. */
  adminOf(via: string): ApiClient {
    return this.admin.at(this.#directory(0, via));
  }

  #directory(turn: number, via: string | undefined): string {
    const { apiUrls, cluster } = this.#deployment;
    if (via === undefined) return apiUrls[turn % apiUrls.length]!;
    const found = cluster?.directories.find(({ id, region }) => id === via || region === via);
    if (found === undefined) throw new Error(`there is no directory "${via}", nor one in such a region`);
    return found.url;
  }

  /** What a join asks for so that it is placed on this edge. */
  #where(edge: string | undefined): JoinRequest {
    const { edges } = this.#deployment;
    if (edges.length === 0) return {};
    const wanted =
      edge === undefined ? edges[this.#joins++ % edges.length]! : edges.find(({ id }) => id === edge)!;
    return {
      region: wanted.region,
      avoid: edges.filter(({ id }) => id !== wanted.id).map(({ id }) => id),
    };
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
