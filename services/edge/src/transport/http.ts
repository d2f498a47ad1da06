import { MAX_HTTP_BODY_BYTES } from '../limits.ts';
import type { UwsApp } from './uws.ts';

/** An ordinary HTTP request: everything that is not the WebSocket path. */
export interface HttpRequest {
  method: string;
  /** Path and query. */
  url: string;
  /** Names in lower case; values of a repeated header are joined by commas. */
  headers: Record<string, string>;
  remoteAddress: string;
  body: Buffer;
}

export interface HttpReply {
  status: number;
  headers: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  body: string | Uint8Array;
}

/** Answers requests; a rejection becomes status 500. */
export type HttpHook = (request: HttpRequest) => Promise<HttpReply>;

type Response = Parameters<Parameters<UwsApp['any']>[1]>[0];
type Request = Parameters<Parameters<UwsApp['any']>[1]>[1];

const PHRASES: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Headers that uWebSockets.js writes by itself, or that speak of one connection. */
const OWN_HEADERS = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date']);

/** A problem report (RFC 9457). */
export const problem = (status: number, title: string, detail: string): HttpReply => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', title, status, detail }),
});

/** Writes an answer in one go; the caller has made sure that the response is not aborted. */
export const writeReply = (res: Response, method: string, reply: HttpReply): void => {
  res.cork(() => {
    res.writeStatus(`${reply.status} ${PHRASES[reply.status] ?? 'Status'}`);
    for (const [name, value] of Object.entries(reply.headers)) {
      if (value === undefined || OWN_HEADERS.has(name.toLowerCase())) continue;
      for (const item of Array.isArray(value) ? value : [value]) res.writeHeader(name, String(item));
    }
    if (method === 'HEAD') {
      const stated = Number(reply.headers['content-length']);
      res.endWithoutBody(Number.isInteger(stated) ? stated : Buffer.byteLength(reply.body));
    } else if (reply.status === 204 || reply.status === 304) {
      res.endWithoutBody();
    } else {
      res.end(reply.body);
    }
  });
};

/** Hands a request to the hook and writes its answer, unless the client has gone meanwhile. */
export const serveHttp = (
  res: Response,
  req: Request,
  hook: HttpHook,
  onError: (error: unknown) => void,
): void => {
  // The request lives on uWebSockets.js's stack: everything is read before this function returns.
  const method = req.getCaseSensitiveMethod();
  const query = req.getQuery();
  const url = query ? `${req.getUrl()}?${query}` : req.getUrl();
  const headers: Record<string, string> = {};
  req.forEach((name, value) => {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  });
  const remoteAddress = Buffer.from(res.getRemoteAddressAsText()).toString();
  let done = false;
  const answer = (reply: HttpReply): void => {
    if (done) return;
    done = true;
    writeReply(res, method, reply);
  };
  res.onAborted(() => {
    done = true;
  });
  const chunks: Buffer[] = [];
  let size = 0;
  res.onData((chunk, isLast) => {
    if (done) return;
    size += chunk.byteLength;
    if (size > MAX_HTTP_BODY_BYTES) {
      answer(problem(413, 'Body too large', `A request body holds at most ${MAX_HTTP_BODY_BYTES} bytes.`));
      return;
    }
    // Copied, because uWebSockets.js takes the buffer back when this returns.
    if (chunk.byteLength > 0) chunks.push(Buffer.from(Buffer.from(chunk)));
    if (!isLast) return;
    hook({ method, url, headers, remoteAddress, body: Buffer.concat(chunks) }).then(
      answer,
      (error: unknown) => {
        onError(error);
        answer(problem(500, 'Internal error', 'The request failed in the server; its log says why.'));
      },
    );
  });
};
