import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DEFAULT_CODECS, joinRoom, type Room } from '@partyline/client';
import { nodeNetwork, readSpeech, VoiceSink, VoiceSource } from '@partyline/client/node';
import { MetricsPage } from '../../support/metrics-page.ts';
import { serve, withProgram } from '../../support/program.ts';
import { speechFile } from '../../support/speech.ts';
import { syllablesPcm } from '../../support/voice-call.ts';
import { forMs, until } from '../../support/wait.ts';
import type { BudgetCase } from './cases.ts';
import { countSockets, type SocketCount } from './kernel.ts';

/** What an edge and its kernel counted, a second. */
export interface Counted {
  mediaBytesIn: number;
  mediaBytesOut: number;
  messagesIn: number;
  /** Published, not times listeners. */
  messagesOut: number;
  framesIn: number;
  framesOut: number;
  /** Control messages of clients. */
  controlIn: number;
  sockets: SocketCount & { connections: number };
  /** Of the payloads that a listener received, bit/s of each stream. */
  payloadBps: number;
}

const READY = /is ready: (\S+)[\s\S]*?(http:\S+)\/metrics/;
const ROOM = 'reckoned';
const SPEECH_SECONDS = 12;
/** Talkers begin so long after each other, so that their frames come apart. */
const PHASE_MS = 7;
/** The pings of the beginning, the selection, and slow start are over by then. */
const SETTLING_MS = 2_000;
const WINDOW_MS = 4_500;
/** Who stood still for so long makes up for it afterwards: then it is counted once more, after a rest, at most so often. */
const STALL_MS = 60;
const REST_MS = 500;
const ATTEMPTS = 4;

/** Runs a call on an edge of its own and counts for some seconds. */
export const countCall = async (call: BudgetCase): Promise<Counted> => {
  const { tls, lastN, coalesceMs } = call;
  const env = {
    // With --https alone it would be on all interfaces.
    HOST: '127.0.0.1',
    ...(lastN === undefined ? {} : { PARTYLINE_EDGE_LAST_N: `${lastN}` }),
    ...(coalesceMs === undefined
      ? {}
      : { PARTYLINE_EDGE_COALESCE_FROM_LOAD: '0', PARTYLINE_EDGE_COALESCE_MAX_MS: `${coalesceMs}` }),
  };
  return withProgram(serve(tls === true ? ['--https', '--guests'] : [], { env }), async (edge) => {
    const [, url, opsUrl] = (await edge.prints(READY, 30_000)) as unknown as [string, string, string];
    const people = await Promise.all(
      Array.from({ length: call.participants }, (_, index) =>
        joinRoom({
          url,
          room: ROOM,
          name: `person ${index}`,
          codecs: [...DEFAULT_CODECS, 'g722/16000', 'speex/16000'],
          network: nodeNetwork({ insecure: true }),
        }),
      ),
    );
    try {
      await Promise.all(people.map((room) => room.whenReady()));
      return await whileTalking(call, people, { opsUrl, port: Number(new URL(url).port) });
    } finally {
      await Promise.all(people.map((room) => room.leave()));
    }
  });
};

const whileTalking = async (
  call: BudgetCase,
  people: readonly Room[],
  { opsUrl, port }: { opsUrl: string; port: number },
): Promise<Counted> => {
  const over = new AbortController();
  const { codec, frameMs, bitrate, talkers, lastN = talkers } = call;
  const sources = await Promise.all(
    people
      .slice(0, talkers)
      .map((room) =>
        VoiceSource.open(room, { codec, frameMs, ...(bitrate === undefined ? {} : { bitrate }) }),
      ),
  );
  // Everybody listens, as reports say more of voice that is played.
  const sinks = people.map((room) => new VoiceSink(room, { onPcm: () => undefined }));
  const talks: Promise<unknown>[] = [];
  const heard = new PayloadCount(people.at(-1)!);
  try {
    const voices = await Promise.all(sources.map((_, index) => voiceOf(call, index)));
    for (const [index, source] of sources.entries()) {
      talks.push(source.play(voices[index]!, { loop: true, signal: over.signal }));
      await forMs(PHASE_MS);
    }
    await until(`${lastN} voices`, () => heard.streams >= Math.min(talkers, lastN), 10_000);
    await forMs(SETTLING_MS);
    return await undisturbed(() => countFor(WINDOW_MS, { opsUrl, port, heard }));
  } finally {
    over.abort();
    await Promise.all(talks);
    for (const source of sources) source.close();
    for (const sink of sinks) sink.close();
  }
};

/**
 * Real speech; where only the loudest are forwarded, voices that pause too briefly to lose their place, and quiet ones: between
 * speech and speech places change hands, and who hangs over is forwarded beside the others for a moment.
 */
const voiceOf = async ({ talkers, lastN = talkers }: BudgetCase, index: number): Promise<Float32Array> => {
  if (lastN < talkers) {
    const gain = index < lastN ? 1 : 0.01;
    return syllablesPcm(110 + 30 * index).map((sample) => sample * gain);
  }
  const { path } = await speechFile({ seconds: SPEECH_SECONDS, voice: 2 * index });
  return readSpeech(await readFile(path));
};

/** Counts while this process, in which everybody talks, does not stand still: what was late would come within the time, or not any more. */
const undisturbed = async (count: () => Promise<Counted>): Promise<Counted> => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  try {
    for (let attempt = 1; ; attempt += 1) {
      delay.reset();
      await forMs(REST_MS);
      const counted = await count();
      if (delay.max < STALL_MS * 1_000_000 || attempt === ATTEMPTS) return counted;
    }
  } finally {
    delay.disable();
  }
};

/** Adds up what one listener receives. */
class PayloadCount {
  bytes = 0;
  voiceMs = 0;
  readonly #streams = new Set<number>();

  constructor(room: Room) {
    room.on('frame', ({ streamId, frame }) => {
      this.#streams.add(streamId);
      this.bytes += frame.payload.length;
      this.voiceMs += frame.durationMs;
    });
  }

  get streams(): number {
    return this.#streams.size;
  }
}

const countFor = async (
  windowMs: number,
  { opsUrl, port, heard }: { opsUrl: string; port: number; heard: PayloadCount },
): Promise<Counted> => {
  const look = async () => {
    const page = new MetricsPage(await (await fetch(`${opsUrl}/metrics`)).text());
    const direction = (name: string, way: string, hop?: string): number =>
      page.required(name, { direction: way, ...(hop === undefined ? {} : { hop }) });
    return {
      atMs: performance.now(),
      payloadBytes: heard.bytes,
      voiceMs: heard.voiceMs,
      mediaBytesIn: direction('partyline_media_bytes_total', 'in'),
      mediaBytesOut: direction('partyline_media_bytes_total', 'out'),
      messagesIn: direction('partyline_media_messages_total', 'in'),
      messagesOut: direction('partyline_media_messages_total', 'out'),
      framesIn: direction('partyline_frames_total', 'in', 'uplink'),
      framesOut: direction('partyline_frames_total', 'out', 'downlink'),
      controlIn: page.required('partyline_control_messages_total'),
    };
  };
  const before = await look();
  const socketsSince = countSockets(port);
  await forMs(windowMs);
  const after = await look();
  const sockets = socketsSince();
  const seconds = (after.atMs - before.atMs) / 1_000;
  const rate = (key: keyof typeof before): number => (after[key] - before[key]) / seconds;
  for (const key of Object.keys(sockets) as (keyof typeof sockets)[]) {
    if (key !== 'connections') sockets[key] /= seconds;
  }
  return {
    mediaBytesIn: rate('mediaBytesIn'),
    mediaBytesOut: rate('mediaBytesOut'),
    messagesIn: rate('messagesIn'),
    messagesOut: rate('messagesOut'),
    framesIn: rate('framesIn'),
    framesOut: rate('framesOut'),
    controlIn: rate('controlIn'),
    sockets,
    payloadBps: (8_000 * (after.payloadBytes - before.payloadBytes)) / (after.voiceMs - before.voiceMs),
  };
};
