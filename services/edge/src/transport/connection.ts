/** One client's WebSocket, safe to use at any time: after its end every call does nothing. */
export interface Connection {
  readonly open: boolean;
  /** False if it was not taken: closed, or too much is unsent. */
  sendText(text: string): boolean;
  sendBinary(bytes: Uint8Array): boolean;
  /** Takes part in a topic from now on. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Text to everybody in the topic but this connection. */
  publishText(topic: string, text: string): void;
  /** Bytes that wait in this process. */
  bufferedBytes(): number;
  /** Closes with a code, after what was sent before. */
  end(code: number, reason: string): void;
}

/** What happens on a connection. None is called after `onClosed`. Byte arrays are only valid during the call. */
export interface ConnectionHandler {
  onText(bytes: Uint8Array): void;
  onBinary(bytes: Uint8Array): void;
  /** The client's WebSocket answered a ping. */
  onPong(): void;
  /** Something published or sent was given up, because too much is unsent. */
  onDropped(): void;
  /** @param code 1006 when the connection was simply lost */
  onClosed(code: number): void;
}

/** Topics of all connections. */
export interface Publisher {
  publishBinary(topic: string, bytes: Uint8Array): void;
  publishText(topic: string, text: string): void;
}
