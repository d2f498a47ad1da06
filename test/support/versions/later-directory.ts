import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { laterJson } from './later.ts';

/** Headers that are of one connection, or of the body as it was. */
const OWN_HEADERS = /^(connection|keep-alive|transfer-encoding|content-length|host)$/i;

/** A directory of a later version: passes requests on to one of this version, and answers with more fields. */
export class LaterDirectory {
  /** Answers that had further fields. */
  answers = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param url of the directory behind it, without a slash at the end */
  static async start(url: string): Promise<LaterDirectory> {
    const server = createServer();
    const directory = new LaterDirectory(server);
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.test(name));
      const body = Buffer.concat(chunks);
      try {
        const answer = await fetch(`${url}${request.url}`, {
          method: request.method ?? 'GET',
          headers: Object.fromEntries(headers) as Record<string, string>,
          ...(body.length > 0 && { body }),
        });
        for (const [name, value] of answer.headers)
          if (!OWN_HEADERS.test(name)) response.setHeader(name, value);
        response.writeHead(answer.status).end(laterJson(await answer.text()));
        directory.answers += 1;
      } catch {
        response.writeHead(502).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return directory;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
