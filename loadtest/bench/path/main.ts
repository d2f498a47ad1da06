import { MemoryBusHub } from '@partyline/bus';
import { MediaEdge } from '@partyline/edge/media-fixture';
import { CODEC_OPUS, encodeMedia, type Frame, wireMs, wireUs } from '@partyline/protocol';
import { ManualClock, systemClock } from '@partyline/runtime';
import { createLogger, createMetrics, Tracing } from '@partyline/telemetry';
import { answerCalls } from '../processes/child-calls.ts';

export interface PathOptions {
  /** Where to send traces, and the share of frames that is followed; none with traces off. */
  otlpUrl?: string;
  every: number;
  /** Each frame goes on by the bus to another edge, in the same process, and is published there too. */
  bothEdges?: boolean;
}

/** CPU time of one message on its way through the edge, for each batch, in µs. */
export type PathWindow = number[];

const FRAME_MS = 20;
const BATCH_MESSAGES = 2_000;
const BATCHES = 25;
const ROOMS = 20;
const LISTENERS = 3;

/** The way of a frame through an edge's code, from the message handler to the call that publishes, without sockets. */
const open = async ({
  otlpUrl,
  every,
  bothEdges = false,
}: PathOptions): Promise<() => Promise<PathWindow>> => {
  const tracing = new Tracing(
    { otlpUrl, traceEvery: every, traceRatio: 1 },
    { service: 'partyline-edge', id: 'bench', region: 'bench' },
    {
      metrics: createMetrics({ processMetrics: false }),
      log: createLogger({ level: 'warn', name: 'edge', output: process.stderr }),
      clock: systemClock,
    },
  );
  await tracing.start();
  const clock = new ManualClock(systemClock.now());
  const hub = new MemoryBusHub();
  const edge = new MediaEdge(1, hub, clock, { tracing, publish: () => undefined });
  const other = bothEdges ? await secondEdge(edge, hub) : undefined;
  const speakers = Array.from({ length: ROOMS }, (_, room) => {
    for (let i = 0; i < LISTENERS; i += 1) edge.join(`room-${room}`, 100 + i);
    return edge.join(`room-${room}`, room + 1);
  });
  let sequence = 0;
  const messages = (): Uint8Array[] =>
    Array.from({ length: BATCH_MESSAGES }, (_, i) => {
      const atMs = clock.now() + Math.floor(i / ROOMS) * FRAME_MS;
      const frame: Frame = {
        flags: 0,
        codec: CODEC_OPUS,
        level: 20,
        active: true,
        durationMs: FRAME_MS,
        sequence: (sequence + Math.floor(i / ROOMS)) & 0xffff,
        streamId: speakers[i % ROOMS]!.member.streamId,
        captureTimeMs: wireMs(atMs),
        payload: new Uint8Array(80),
      };
      const header = {
        topic: 0,
        sequence: sequence + Math.floor(i / ROOMS),
        ingressAtUs: 0,
        sentAtUs: wireUs(atMs),
      };
      return encodeMedia(header, [frame]);
    });
  const batch = async (): Promise<number> => {
    const all = messages();
    sequence += BATCH_MESSAGES / ROOMS;
    const before = process.cpuUsage();
    for (let i = 0; i < all.length; i += 1) {
      const { session, member, room } = speakers[i % ROOMS]!;
      if (i % ROOMS === 0) clock.advance(i === 0 ? 0 : FRAME_MS);
      edge.ingress.receive(session, member, room, all[i]!, clock.now());
      if (other !== undefined && i % ROOMS === ROOMS - 1) await other.arrive();
    }
    const { user, system } = process.cpuUsage(before);
    clock.advance(FRAME_MS);
    return (user + system) / BATCH_MESSAGES;
  };
  return async () => {
    const window: PathWindow = [];
    for (let i = 0; i < BATCHES; i += 1) window.push(await batch());
    for (const { forwardedFrames } of [edge.counters, other?.counters ?? edge.counters]) {
      if (forwardedFrames !== sequence * ROOMS) {
        throw new Error(
          `${forwardedFrames} of ${sequence * ROOMS} frames were published: something else is measured`,
        );
      }
    }
    return window;
  };
};

/** Another edge with listeners in the same rooms. */
const secondEdge = async (
  edge: MediaEdge,
  hub: MemoryBusHub,
): Promise<{ counters: MediaEdge['counters']; arrive(): Promise<void> }> => {
  const other = new MediaEdge(2, hub, edge.clock, { publish: () => undefined, regionOf: () => 'there' });
  await edge.start();
  await other.start();
  const link = edge.linkTo(other);
  for (let room = 0; room < ROOMS; room += 1) {
    edge.room(`room-${room}`).routes.all = [link];
    for (let i = 0; i < LISTENERS; i += 1) other.join(`room-${room}`, 200 + i);
  }
  return {
    counters: other.counters,
    arrive: async () => {
      edge.flush();
      while (other.counters.forwardedFrames < edge.counters.forwardedFrames)
        await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

let measure: (() => Promise<PathWindow>) | undefined;
answerCalls({
  start: async (options: PathOptions) => {
    measure = await open(options);
  },
  window: () => measure?.(),
});
