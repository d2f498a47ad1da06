import { type IncomingHttpHeaders, request } from 'node:http';
import { type JoinReply, type JoinRequest, parseJoinReply } from '@partyline/protocol';

const PATIENCE_MS = 10_000;

export interface ApiAnswer {
  status: number;
  contentType: string;
  headers: IncomingHttpHeaders;
  /** Parsed if it is JSON, else the text. */
  body: unknown;
}

/** The directory's HTTP API as a customer's backend, or a hostile stranger, uses it. */
export class ApiClient {
  /** Where the API is, without a slash at the end. */
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url.replace(/\/$/, '');
    this.#token = token;
  }

  /** The same API with another access token, or with none. */
  as(token: string | undefined): ApiClient {
    return new ApiClient(this.url, token);
  }

  /** Another directory's API with the same token. */
  at(url: string): ApiClient {
    return new ApiClient(url, this.#token);
  }

  /** Any request; `body` goes as JSON unless it is text or bytes. Answers of any status are answers. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const token = this.#token;
    const content =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array
        ? body
        : JSON.stringify(body);
    const answer = await this.#exchange(method, path, content, {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(content)) }),
      ...headers,
    });
    const contentType = answer.headers['content-type'] ?? '';
    return {
      ...answer,
      contentType,
      body: contentType.includes('json') && answer.text !== '' ? JSON.parse(answer.text) : answer.text,
    };
  }

  /**
   * Joins a room.
   * @throws Error with the API's own words when it says no
   */
  async join(room: string, request: JoinRequest = {}): Promise<JoinReply> {
    const answer = await this.request('POST', `/v1/rooms/${encodeURIComponent(room)}/join`, request);
    if (answer.status !== 200 && answer.status !== 201) {
      throw new Error(`join of ${room}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const parsed = parseJoinReply(answer.body);
    if (!parsed.ok) throw new Error(`the join's reply is wrong: ${parsed.detail}`);
    return parsed.reply;
  }

  /** The WebSocket URL of a join's reply, which may leave the host out. */
  socketUrl(reply: Pick<JoinReply, 'url'>): string {
    const url = new URL(reply.url, this.url);
    url.protocol = url.protocol.replace('http', 'ws');
    return url.href;
  }

  #exchange(
    method: string,
    path: string,
    content: string | Uint8Array | undefined,
    headers: Record<string, string>,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(this.url + path, { method, headers, timeout: PATIENCE_MS }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', reject);
      });
      sent.on('timeout', () =>
        sent.destroy(new Error(`${method} ${path}: no answer within ${PATIENCE_MS} ms`)),
      );
      sent.on('error', reject);
      sent.end(content);
    });
  }
}

/** Whether an answer is an error in the form of RFC 9457, with a sentence for people. */
export const isProblem = (answer: ApiAnswer, status: number): boolean => {
  const body = answer.body as { title?: unknown; status?: unknown; detail?: unknown } | null;
  return (
    answer.status === status &&
    answer.contentType.startsWith('application/problem+json') &&
    body?.status === status &&
    typeof body.title === 'string' &&
    typeof body.detail === 'string' &&
    body.detail !== ''
  );
};
