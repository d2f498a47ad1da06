import { request } from 'node:http';
import { connect } from 'node:net';
import { encodeMedia } from '@partyline/protocol';
import { RawClient } from './raw-client.ts';
import type { SeededRandom } from './seeded-random.ts';
import { syntheticFrame } from './synthetic-voice.ts';

/** Where garbage goes to, and what it is made of. */
export interface Target {
  /** The API's URL. */
  url: string;
  /** The WebSocket's URL. */
  socketUrl: string;
  random: SeededRandom;
}

const JSON_PIECES = [
  '{"type":"hello","version":1,"ticket":"',
  '{"type":"ack","topic":-1,"sequence":1e99}',
  '{"type":"data","id":1,"text":"x","to":["',
  '{"type":"__proto__"}',
  '[[[[[[[[[[[[[[[[',
  '{"type":"subscribe","streamId":0,"mode":"auto"}',
  'null',
  '"\\ud800"',
];

/** Text: pieces of control messages, cut and mixed with random characters. */
const randomText = (random: SeededRandom): string => {
  const piece = random.pick(JSON_PIECES);
  const tail = Buffer.from(random.bytes(random.below(400))).toString('latin1');
  return random.below(2) === 0 ? piece.slice(0, random.below(piece.length + 1)) + tail : tail;
};

/** Bytes: wholly random, or a valid media message in which some bytes were changed or the end was cut off. */
const randomMedia = (random: SeededRandom, streamId: number): Uint8Array => {
  if (random.below(2) === 0) return random.bytes(random.below(2_000));
  const frame = syntheticFrame(streamId, random.below(65_536), { level: 20, active: true }, Date.now());
  const bytes = encodeMedia({ topic: 0, sequence: random.u32(), ingressAtUs: 0, sentAtUs: random.u32() }, [
    frame,
  ]);
  for (let changes = random.below(4); changes >= 0; changes -= 1) {
    bytes[random.below(bytes.length)] = random.below(256);
  }
  return bytes.subarray(0, random.below(3) === 0 ? random.below(bytes.length) : bytes.length);
};

/**
 * Sends up to `messages` pieces of garbage through one WebSocket, after a valid hello if a ticket is given, and
 * returns how many went out before the edge had enough.
 */
export const floodSocket = async (target: Target, messages: number, client?: RawClient): Promise<number> => {
  const { random } = target;
  const victim = client ?? (await RawClient.open(target.socketUrl).catch(() => undefined));
  let sent = 0;
  while (victim !== undefined && sent < messages && victim.closed === undefined) {
    if (random.below(3) === 0) victim.sendText(randomText(random));
    else victim.sendBytes(randomMedia(random, victim.streamId || 1));
    sent += 1;
    if (sent % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  victim?.vanish();
  return sent;
};

const REQUEST_LINES = [
  '',
  'GET / HTTP/1.1\r\nHost: x\r\n',
  'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ',
  'POST /v1/rooms/x/join HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n',
  'POST /v1/rooms/x/join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n',
];

/** Writes the beginning of an HTTP request, or nothing of the kind, and then random bytes, to the bare port. */
export const garbleTcp = ({ url, socketUrl, random }: Target): Promise<void> => {
  const { hostname, port } = new URL(random.pick([url, socketUrl]));
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const patience = setTimeout(() => socket.destroy(), 200);
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => {
      clearTimeout(patience);
      resolve();
    });
    socket.write(random.pick(REQUEST_LINES));
    socket.write(random.bytes(random.below(4_000)));
    if (random.below(2) === 0) socket.end();
  });
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'];
const PATHS = [
  '/v1/rooms/',
  '/v1/rooms',
  '/v1/edges',
  '/v1/',
  '/',
  '/openapi.json',
  '/v1/rooms/x/participants/',
];

/** The status of an HTTP request with a random path, random headers and a random body; 0 if it was cut off. */
export const garbleApi = ({ url, random }: Target): Promise<number> => {
  const method = random.pick(METHODS);
  const garbage = encodeURIComponent(Buffer.from(random.bytes(random.below(60))).toString('latin1'));
  const body = random.below(2) === 0 ? Buffer.from(random.bytes(random.below(3_000))) : randomText(random);
  const path = random.pick(PATHS) + garbage + random.pick(['', '/join', '?limit=-1', '%00', '/../..']);
  return new Promise((resolve) => {
    const sent = request(
      new URL(url).origin,
      {
        method,
        path,
        agent: false,
        timeout: 2_000,
        headers: {
          'content-type': random.pick([
            'application/json',
            'text/plain',
            'x/y',
            'application/json; charset=latin1',
          ]),
          authorization: `Bearer ${Buffer.from(random.bytes(random.below(100))).toString('base64url')}`,
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume();
        response.on('close', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
};
