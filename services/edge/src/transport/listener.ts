import { createServer } from 'node:net';
import { WEBSOCKET_PATH } from '@partyline/protocol';
import { MAX_BACKPRESSURE_BYTES, MAX_WEBSOCKET_MESSAGE_BYTES, WEBSOCKET_IDLE_SECONDS } from '../limits.ts';
import { type CertificateFiles, CertificateWatch, checkCertificate } from './certificates.ts';
import type { Connection, ConnectionHandler, Publisher } from './connection.ts';
import { type HttpHook, problem, serveHttp, writeReply } from './http.ts';
import { originAllowed } from './origin.ts';
import type { UwsApp, WebSocketEngine } from './uws.ts';
import { type LiveApp, UwsConnection, type UwsSocket } from './uws-connection.ts';

export interface ListenerOptions {
  engine: WebSocketEngine;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  tls: CertificateFiles | undefined;
  allowedOrigins: readonly string[];
  /** Asked before an upgrade; a refusal is counted by whoever is asked, and answered with its status. */
  admit: () => { ok: true } | { ok: false; status: number; detail: string };
  /** Counts a page of another origin. */
  onOriginRefused: () => void;
  /** Gives each new connection its handler. */
  accept: (connection: Connection) => ConnectionHandler;
  onHttp: HttpHook;
  onError: (error: unknown, message: string) => void;
  onReload: (message: string) => void;
}

/** Some versions of uWebSockets.js copy the own properties of user data, so the connection is one of them. */
const connectionOf = (socket: UwsSocket): UwsConnection =>
  (socket.getUserData() as { connection: UwsConnection }).connection;

/**
 * The one port of an edge. A new certificate gets an app of its own: new connections go there, those of the
 * old app stay until they end. Topics belong to an app, so what is published goes to every live one.
 */
export class Listener implements Publisher {
  readonly #options: ListenerOptions;
  #apps: LiveApp[] = [];
  #watch: CertificateWatch | undefined;
  #certificate = '';
  #reloading: Promise<void> = Promise.resolve();
  #stopped = false;
  #port = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** 0 while not listening. */
  get port(): number {
    return this.#port;
  }

  /** @throws Error in one sentence: the port is taken, or the certificate is bad */
  async start(): Promise<void> {
    const { tls, host, port } = this.#options;
    if (tls) this.#certificate = await checkCertificate(tls);
    this.#port = await freePort(host, port);
    this.#apps = [this.#listen()];
    if (tls) this.#watch = new CertificateWatch(tls, () => void this.reload());
  }

  /** Takes the certificate's files as they are now; a bad pair is logged and the old one stays. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  /** No new connections from here on; those there are go on. */
  stopListening(): void {
    this.#stopped = true;
    this.#watch?.close();
    for (const live of this.#apps) this.#stopListening(live);
  }

  /** Ends whatever is still open. */
  close(): void {
    this.stopListening();
    for (const live of this.#apps) live.app.close();
    this.#apps = [];
  }

  publishBinary(topic: string, bytes: Uint8Array): void {
    for (let i = 0; i < this.#apps.length; i++) this.#apps[i]!.app.publish(topic, bytes, true);
  }

  publishText(topic: string, text: string): void {
    for (let i = 0; i < this.#apps.length; i++) this.#apps[i]!.app.publish(topic, text, false);
  }

  async #reload(): Promise<void> {
    const { tls, onError, onReload } = this.#options;
    if (!tls || this.#stopped) return;
    try {
      const certificate = await checkCertificate(tls);
      if (certificate === this.#certificate || this.#stopped) return;
      const live = this.#listen();
      for (const old of this.#apps) this.#stopListening(old);
      this.#apps = [live, ...this.#apps.filter((old) => old.connections > 0)];
      this.#certificate = certificate;
      onReload('New certificate in use; calls go on.');
    } catch (error) {
      onError(error, 'The new certificate is not used; the old one stays.');
    }
  }

  #stopListening(live: LiveApp): void {
    if (live.listenSocket !== undefined) this.#options.engine.uws.us_listen_socket_close(live.listenSocket);
    live.listenSocket = undefined;
  }

  #listen(): LiveApp {
    const { engine, tls, host } = this.#options;
    const app = tls
      ? engine.uws.SSLApp({ key_file_name: tls.keyFile, cert_file_name: tls.certificateFile })
      : engine.uws.App();
    const live: LiveApp = { app, listenSocket: undefined, connections: 0 };
    this.#route(app, live);
    app.listen(host, this.#port, (socket) => {
      if (socket) live.listenSocket = socket;
    });
    // The callback has been called by now: listening is not asynchronous here.
    if (live.listenSocket === undefined) throw new Error(`cannot listen on ${host}:${this.#port}`);
    return live;
  }

  #route(app: UwsApp, live: LiveApp): void {
    const { engine, onHttp, onError } = this.#options;
    app.ws(WEBSOCKET_PATH, {
      compression: engine.uws.DISABLED,
      maxPayloadLength: MAX_WEBSOCKET_MESSAGE_BYTES,
      maxBackpressure: MAX_BACKPRESSURE_BYTES,
      idleTimeout: WEBSOCKET_IDLE_SECONDS,
      sendPingsAutomatically: true,
      upgrade: (res, req, context) => {
        const key = req.getHeader('sec-websocket-key');
        const protocol = req.getHeader('sec-websocket-protocol');
        const extensions = req.getHeader('sec-websocket-extensions');
        if (!originAllowed(req.getHeader('origin'), req.getHeader('host'), this.#options.allowedOrigins)) {
          this.#options.onOriginRefused();
          writeReply(
            res,
            'GET',
            problem(
              403,
              'Origin not allowed',
              'Pages of this origin may not connect; add it to the allowed origins.',
            ),
          );
          return;
        }
        const admitted = this.#options.admit();
        if (!admitted.ok) {
          writeReply(res, 'GET', problem(admitted.status, 'Not admitted', admitted.detail));
          return;
        }
        const connection = new UwsConnection(live, () => this.#apps);
        res.upgrade({ connection }, key, protocol, extensions, context);
      },
      open: (socket) => {
        const connection = connectionOf(socket);
        live.connections += 1;
        connection.opened(socket);
        connection.handler = this.#options.accept(connection);
      },
      message: (socket, message, isBinary) => {
        const handler = connectionOf(socket).handler;
        if (handler === undefined) return;
        if (isBinary) handler.onBinary(new Uint8Array(message));
        else handler.onText(new Uint8Array(message));
      },
      dropped: (socket) => connectionOf(socket).handler?.onDropped(),
      pong: (socket) => connectionOf(socket).handler?.onPong(),
      close: (socket, code) => {
        live.connections -= 1;
        connectionOf(socket).closed(code);
        if (live.connections === 0 && live.listenSocket === undefined && !this.#stopped) {
          this.#apps = this.#apps.filter((other) => other !== live);
        }
      },
    });
    app.any('/*', (res, req) =>
      serveHttp(res, req, onHttp, (error) => onError(error, 'An HTTP request failed.')),
    );
  }
}

/**
 * Makes sure that nobody else listens there: uWebSockets.js shares a port silently with other processes that
 * do the same, and clients would then reach either.
 */
const freePort = (host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'it is taken by another program; choose another port' : error.message;
      reject(new Error(`cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      const chosen = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(chosen));
    });
  });
