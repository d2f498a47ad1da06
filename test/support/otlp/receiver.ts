import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type ReceivedSpan, readSpans } from './messages.ts';

/** A receiver of traces by OTLP over HTTP: takes protobuf at `/v1/traces` and nothing else, and keeps every span. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Requests that no receiver would take: a sentence each. */
  readonly faults: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const { method, url, headers } = request;
      const what = `${method} ${url} ${headers['content-type']}`;
      if (what !== 'POST /v1/traces application/x-protobuf') {
        this.faults.push(`a request came that is no export of traces: ${what}`);
        response.writeHead(404).end();
        return;
      }
      try {
        const body = Buffer.concat(pieces);
        this.spans.push(...readSpans(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
        // An empty message: everything was taken.
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      } catch (error) {
        this.faults.push(`an export could not be decoded: ${error}`);
        response.writeHead(400).end();
      }
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Spans of one trace, in the order in which they began. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startMs - b.startMs);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
