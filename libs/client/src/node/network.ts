import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Fetch, Network } from '../options.ts';
import { type NodeSocketOptions, openNodeSocket } from './web-socket.ts';

/** Largest answer that is read: a join reply is a few hundred bytes, a page of rooms some kilobytes. */
const MAX_ANSWER_BYTES = 8_388_608;

/**
 * A network for Node that can be told to trust a self-signed certificate, for this client only; the global
 * `fetch` knows no such option.
 *
 * @example
 * const room = await joinRoom({ url, room: 'lobby', network: nodeNetwork({ ca: await readFile('ca.pem', 'utf8') }) });
 */
export const nodeNetwork = (options: NodeSocketOptions): Network => ({
  fetch: nodeFetch(options),
  openSocket: (url) => openNodeSocket(url, options),
});

const nodeFetch =
  (options: NodeSocketOptions): Fetch =>
  (url, init) =>
    new Promise((resolve, reject) => {
      const secure = new URL(url).protocol === 'https:';
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: init.method,
        headers: init.headers,
        ...(init.signal === undefined ? {} : { signal: init.signal }),
        ...(secure && options.insecure === true ? { rejectUnauthorized: false } : {}),
        ...(secure && options.ca !== undefined ? { ca: options.ca } : {}),
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: {
              get: (name) => {
                const value = response.headers[name.toLowerCase()];
                return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
              },
            },
            text: () => Promise.resolve(text),
          });
        });
      });
      request.end(init.body);
    });
