import type { Connection, ConnectionHandler } from './connection.ts';
import type { UwsApp, UwsModule } from './uws.ts';

type Behavior = Parameters<UwsApp['ws']>[1];
/** uWebSockets.js's own WebSocket, carrying our connection as its user data. */
export type UwsSocket = Parameters<NonNullable<Behavior['open']>>[0];

const SENT_DROPPED = 2;

/** An app that still has connections; there are two for a while after its certificate was replaced. */
export interface LiveApp {
  app: UwsApp;
  listenSocket: Parameters<UwsModule['us_listen_socket_close']>[0] | undefined;
  connections: number;
}

/** {@link Connection} on uWebSockets.js: a closed socket of it throws when touched, so none is touched. */
export class UwsConnection implements Connection {
  handler: ConnectionHandler | undefined;
  readonly live: LiveApp;
  readonly #otherApps: () => readonly LiveApp[];
  #socket: UwsSocket | undefined;

  constructor(live: LiveApp, apps: () => readonly LiveApp[]) {
    this.live = live;
    this.#otherApps = apps;
  }

  opened(socket: UwsSocket): void {
    this.#socket = socket;
  }

  closed(code: number): void {
    this.#socket = undefined;
    this.handler?.onClosed(code);
    this.handler = undefined;
  }

  get open(): boolean {
    return this.#socket !== undefined;
  }

  sendText(text: string): boolean {
    return this.#socket !== undefined && this.#socket.send(text, false) !== SENT_DROPPED;
  }

  sendBinary(bytes: Uint8Array): boolean {
    return this.#socket !== undefined && this.#socket.send(bytes, true) !== SENT_DROPPED;
  }

  subscribe(topic: string): void {
    this.#socket?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#socket?.unsubscribe(topic);
  }

  publishText(topic: string, text: string): void {
    this.#socket?.publish(topic, text, false);
    for (const live of this.#otherApps()) {
      if (live !== this.live) live.app.publish(topic, text, false);
    }
  }

  bufferedBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  end(code: number, reason: string): void {
    this.#socket?.end(code, reason);
  }
}
