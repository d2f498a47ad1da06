import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** Whether new work may come here, and if not, why. */
export type Readiness = { ready: true } | { ready: false; reason: string };

/** What a route of its own answers. */
export interface OpsReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
}

/** Answers to GET by path, such as `/status`; a rejection is answered 500. */
export type OpsRoutes = Readonly<Record<string, () => Promise<OpsReply>>>;

export interface OpsServerOptions {
  /** Address to listen on; operations are nobody else's business, so usually a loopback or pod address. */
  host: string;
  /** Port to listen on; 0 lets the system choose. */
  port: number;
  metrics: Pick<Metrics, 'render'>;
  /** Asked at every probe. Must not depend on a shared service: one fault would empty the whole cluster. */
  readiness: () => Readiness;
  /** What this program has besides. */
  routes?: OpsRoutes;
}

/** The operations port: `/metrics`, `/healthz` (the process answers) and `/readyz` (it wants work). */
export class OpsServer {
  readonly name = 'ops server';
  readonly #options: OpsServerOptions;
  readonly #server: Server;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: OpsServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** The port listened on, which differs from the option when that was 0; 0 while not listening. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** @throws Error saying which port could not be had, and why */
  start(): Promise<void> {
    this.#starting ??= this.#listen();
    return this.#starting;
  }

  /** Stops listening and closes every connection; probes and scrapes are short, so none is waited for. */
  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopping;
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'it is taken by another program' : error.message;
        reject(new Error(`cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendProblem(response, 405, 'Method not allowed', 'Use GET.');
      return;
    }
    const path = request.url?.split('?')[0] ?? '';
    switch (path) {
      case '/metrics':
        await this.#sendMetrics(response);
        return;
      case '/healthz':
        sendJson(response, 200, { status: 'alive' });
        return;
      case '/readyz':
        this.#sendReadiness(response);
        return;
      default:
        await this.#sendRoute(path, response);
    }
  }

  async #sendRoute(path: string, response: ServerResponse): Promise<void> {
    const { routes = {} } = this.#options;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) {
      const paths = ['/metrics', '/healthz', ...Object.keys(routes)].join(', ');
      sendProblem(response, 404, 'Not found', `This port has ${paths} and /readyz.`);
      return;
    }
    try {
      const { status, headers, body } = await route();
      response.writeHead(status, headers).end(body);
    } catch (error) {
      sendProblem(response, 500, 'This could not be answered', String(error));
    }
  }

  async #sendMetrics(response: ServerResponse): Promise<void> {
    try {
      const { contentType, body } = await this.#options.metrics.render();
      response.writeHead(200, { 'content-type': contentType }).end(body);
    } catch (error) {
      sendProblem(response, 500, 'Metrics could not be collected', String(error));
    }
  }

  #sendReadiness(response: ServerResponse): void {
    const readiness = this.#options.readiness();
    if (readiness.ready) sendJson(response, 200, { status: 'ready' });
    else sendJson(response, 503, { status: 'not ready', reason: readiness.reason });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, status: number, title: string, detail: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
