import WebSocket from 'ws';

/** Node's inspector protocol, as far as a scenario needs it: to look at memory that is really in use. */
export class Inspector {
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param url as Node prints it after "Debugger listening on" */
  static async attach(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Inspector(socket);
  }

  /** Has the process collect its garbage, all of it, and waits for the end of that. */
  async collectGarbage(): Promise<void> {
    await this.#call('HeapProfiler.collectGarbage');
  }

  close(): void {
    this.#socket.terminate();
  }

  #call(method: string): Promise<void> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#socket.on('close', () => reject(new Error(`the process ended during ${method}`)));
      this.#socket.on('message', (text: Buffer) => {
        if ((JSON.parse(text.toString()) as { id?: number }).id === id) resolve();
      });
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
