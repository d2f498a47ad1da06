import { FRAME_HEADER_BYTES, MESSAGE_HEADER_BYTES } from '@partyline/protocol';

/** A message of a WebSocket as it comes again and again. */
export interface Repeated {
  /** Before the WebSocket's own framing. */
  readonly bytes: number;
  readonly perSecond: number;
}

/** What one direction of one connection carries. */
export interface Sent {
  /** Voice: frames a second, what each holds, and in how many messages they leave. */
  readonly framesPerSecond: number;
  readonly payloadBytes: number;
  readonly messagesPerSecond: number;
  /** Control messages. */
  readonly control: readonly Repeated[];
}

/** How it is carried. */
export interface Carriage {
  /** Clients mask what they send (RFC 6455, 5.3). */
  readonly masked: boolean;
  readonly tls: boolean;
}

/** Bit/s of one direction, layer by layer, and what it is cut into. */
export interface Layers {
  payloadBps: number;
  frameHeaderBps: number;
  messageHeaderBps: number;
  /** Control messages, as text. */
  controlBps: number;
  /** Framing of RFC 6455, of voice and control. */
  webSocketBps: number;
  tlsBps: number;
  /** Headers of segments that carry data. */
  tcpIpBps: number;
  /** Segments that carry nothing but an acknowledgement of the other direction. */
  acknowledgementBps: number;
  totalBps: number;
  framesPerSecond: number;
  messagesPerSecond: number;
  controlPerSecond: number;
  segmentsPerSecond: number;
  acknowledgementsPerSecond: number;
}

/**
 * A record of TLS 1.3: header of 5 bytes, the content type, and the tag of AES-GCM or ChaCha20-Poly1305 (RFC 8446, 5.2). Each
 * message is a record of its own, as each is written at once.
 */
const TLS_RECORD_BYTES = 22;
const TLS_RECORD_MAX_BYTES = 16_384;
/** Internet Protocol 4 (RFC 791), TCP (RFC 9293) with its time stamps (RFC 7323), both without other options; version 6 has 20 more. */
const SEGMENT_HEADER_BYTES = 52;
/** Of an Ethernet of 1,500 bytes. */
const SEGMENT_MAX_BYTES = 1_448;
/** A segment that nothing acknowledges on its way by then is acknowledged by itself: Linux waits 40 ms, nobody over 500 (RFC 9293, 3.8.6.3). */
const DELAYED_ACK_SECONDS = 0.04;

/** RFC 6455, 5.2: two bytes, or four from 126 bytes on, or ten from 65,536 on, and the mask. */
export const webSocketBytes = (bytes: number, masked: boolean): number => {
  const length = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
  return length + (masked ? 4 : 0);
};

interface Tally {
  webSocket: number;
  tls: number;
  segments: number;
  bytes: number;
}

/** What one message adds below it. */
const below = (bytes: number, { masked, tls }: Carriage): Tally => {
  const webSocket = webSocketBytes(bytes, masked);
  const framed = bytes + webSocket;
  const record = tls ? Math.ceil(framed / TLS_RECORD_MAX_BYTES) * TLS_RECORD_BYTES : 0;
  return {
    webSocket,
    tls: record,
    segments: Math.ceil((framed + record) / SEGMENT_MAX_BYTES),
    bytes: framed + record,
  };
};

/** Layers of one direction; `acknowledge` adds what the other one asks of it. */
export const layersOf = (sent: Sent, carriage: Carriage): Layers => {
  const { framesPerSecond, messagesPerSecond, payloadBytes, control } = sent;
  const frameBytes = FRAME_HEADER_BYTES + payloadBytes;
  const messageBytes =
    MESSAGE_HEADER_BYTES + (messagesPerSecond === 0 ? 0 : (frameBytes * framesPerSecond) / messagesPerSecond);
  let webSocket = 0;
  let tls = 0;
  let segments = 0;
  let text = 0;
  let texts = 0;
  for (const { bytes, perSecond } of [{ bytes: messageBytes, perSecond: messagesPerSecond }, ...control]) {
    const added = below(bytes, carriage);
    webSocket += added.webSocket * perSecond;
    tls += added.tls * perSecond;
    segments += added.segments * perSecond;
  }
  for (const { bytes, perSecond } of control) {
    text += bytes * perSecond;
    texts += perSecond;
  }
  return summed({
    payloadBps: 8 * payloadBytes * framesPerSecond,
    frameHeaderBps: 8 * FRAME_HEADER_BYTES * framesPerSecond,
    messageHeaderBps: 8 * MESSAGE_HEADER_BYTES * messagesPerSecond,
    controlBps: 8 * text,
    webSocketBps: 8 * webSocket,
    tlsBps: 8 * tls,
    tcpIpBps: 8 * SEGMENT_HEADER_BYTES * segments,
    acknowledgementBps: 0,
    framesPerSecond,
    messagesPerSecond,
    controlPerSecond: texts,
    segmentsPerSecond: segments,
    acknowledgementsPerSecond: 0,
  });
};

/** Adds the segments that acknowledge the other direction and carry nothing else. */
export const acknowledging = (own: Layers, other: Layers): Layers => {
  const perSecond = acknowledgements(other.segmentsPerSecond, own.segmentsPerSecond);
  return summed({
    ...own,
    acknowledgementBps: 8 * SEGMENT_HEADER_BYTES * perSecond,
    acknowledgementsPerSecond: perSecond,
  });
};

/**
 * Acknowledgements of their own for so many segments a second, when so many go the other way and take one along. Each second
 * segment is acknowledged at once, a single one when the delay is over, unless data goes back before; data comes at any
 * moment (exponential times), as nobody's microphone keeps to another's. What systems do differs: it is an estimate.
 */
const acknowledgements = (segments: number, back: number): number => {
  if (segments === 0) return 0;
  const alone = Math.exp(-(segments + back) * DELAYED_ACK_SECONDS);
  const second = (1 - alone) * (segments / (segments + back));
  return (segments * (alone + second)) / (1 + second);
};

/** What TCP carries: what kernels count as bytes of a connection. */
export const streamBps = (layers: Layers): number => {
  const { payloadBps, frameHeaderBps, messageHeaderBps, controlBps, webSocketBps, tlsBps } = layers;
  return payloadBps + frameHeaderBps + messageHeaderBps + controlBps + webSocketBps + tlsBps;
};

/** Media messages from their header on: what an edge counts in `partyline_media_bytes_total`. */
export const mediaBps = ({ payloadBps, frameHeaderBps, messageHeaderBps }: Layers): number =>
  payloadBps + frameHeaderBps + messageHeaderBps;

const summed = (layers: Omit<Layers, 'totalBps'>): Layers => ({
  ...layers,
  totalBps: streamBps(layers as Layers) + layers.tcpIpBps + layers.acknowledgementBps,
});

/** Several connections together. */
export const together = (parts: readonly { layers: Layers; times: number }[]): Layers => {
  const [first, ...rest] = parts.map(({ layers, times }) => scaled(layers, times)) as [Layers, ...Layers[]];
  const keys = Object.keys(first) as (keyof Layers)[];
  return rest.reduce(
    (sum, layers) =>
      Object.fromEntries(keys.map((key) => [key, sum[key] + layers[key]])) as unknown as Layers,
    first,
  );
};

const scaled = (layers: Layers, times: number): Layers =>
  Object.fromEntries(Object.entries(layers).map(([key, value]) => [key, value * times])) as unknown as Layers;
