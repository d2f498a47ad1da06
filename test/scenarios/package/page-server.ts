import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface PageServer {
  /** Such as `http://127.0.0.1:1234`. */
  origin: string;
  /** Serves this folder from now on. */
  serve(folder: string): void;
  close(): void;
}

/** Serves files of one folder, as any web server would; its origin is known before there is anything to serve. */
export const startPageServer = async (): Promise<PageServer> => {
  let folder = '';
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://host').pathname);
    const file = join(folder, path === '/' ? 'index.html' : path);
    try {
      const body = readFileSync(file);
      response
        .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next) => {
      folder = next;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
