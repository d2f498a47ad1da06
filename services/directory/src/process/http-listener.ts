import type { AddressInfo } from 'node:net';
import type { Component } from '@partyline/runtime';
import type { FastifyInstance } from 'fastify';

/** The port of the API. The app is the directory's to close. */
export class HttpListener implements Component {
  readonly name = 'API';
  readonly #options: { host: string; port: number };
  readonly #app: FastifyInstance;

  constructor(options: { host: string; port: number }, { app }: { app: FastifyInstance }) {
    this.#options = options;
    this.#app = app;
  }

  /** The port listened on, which differs from the option when that was 0; 0 while not listening. */
  get port(): number {
    return (this.#app.server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** @throws Error saying which port could not be had, and why */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    try {
      await this.#app.listen({ host, port });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === 'EADDRINUSE' ? 'it is taken by another program' : message;
      throw new Error(`cannot listen on ${host}:${port}: ${reason}`, { cause: error });
    }
  }

  /** Answers what is being asked, and lets idle connections go. */
  stop(): Promise<void> {
    return this.#app.close();
  }
}
