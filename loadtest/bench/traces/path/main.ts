import { MemoryBusHub } from '@partyline/bus';
import { MediaEdge } from '@partyline/edge/media-fixture';
import { CODEC_OPUS, encodeMedia, type Frame, wireMs, wireUs } from '@partyline/protocol';
import { ManualClock, systemClock } from '@partyline/runtime';
import { createLogger, createMetrics, Tracing } from '@partyline/telemetry';
import { answerCalls } from '../../processes/child-calls.ts';

/** Where to send traces, and the share of frames that is followed; none with traces off. */
export interface PathOptions {
  otlpUrl?: string;
  every: number;
}

/** CPU time of one message on its way through the edge, for each batch, in µs. */
export type PathWindow = number[];

const FRAME_MS = 20;
const BATCH_MESSAGES = 2_000;
const BATCHES = 25;
const ROOMS = 20;
const LISTENERS = 3;

/** The way of a frame through an edge's code, from the message handler to the call that publishes, without sockets. */
const open = async ({ otlpUrl, every }: PathOptions): Promise<() => PathWindow> => {
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
  const edge = new MediaEdge(1, new MemoryBusHub(), clock, { tracing, publish: () => undefined });
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
  const batch = (): number => {
    const all = messages();
    sequence += BATCH_MESSAGES / ROOMS;
    const before = process.cpuUsage();
    for (let i = 0; i < all.length; i += 1) {
      const { session, member, room } = speakers[i % ROOMS]!;
      if (i % ROOMS === 0) clock.advance(i === 0 ? 0 : FRAME_MS);
      edge.ingress.receive(session, member, room, all[i]!, clock.now());
    }
    const { user, system } = process.cpuUsage(before);
    clock.advance(FRAME_MS);
    return (user + system) / BATCH_MESSAGES;
  };
  return () => {
    const window = Array.from({ length: BATCHES }, batch);
    const { forwardedFrames } = edge.counters;
    if (forwardedFrames !== sequence * ROOMS) {
      throw new Error(
        `${forwardedFrames} of ${sequence * ROOMS} frames were published: something else is measured`,
      );
    }
    return window;
  };
};

let measure: (() => PathWindow) | undefined;
answerCalls({
  start: async (options: PathOptions) => {
    measure = await open(options);
  },
  window: () => measure?.(),
});
