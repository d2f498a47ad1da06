import type { RoomStats } from '@partyline/client';
import { prepareVoice, VoiceSink, VoiceSource } from '@partyline/client/node';
import type { Expectations, RunContext } from '@partyline/harness';
import type { Caller } from '../../support/caller.ts';
import { percentile } from '../../support/reception.ts';
import { type System, withSystem } from '../../support/system.ts';
import { ThrottlingProxy } from '../../support/throttling-proxy.ts';
import { syllablesPcm } from '../../support/voice-call.ts';
import { forMs, holdsWithin, until } from '../../support/wait.ts';
import type { Part } from './part.ts';

const RATES_KBIT = [8, 16, 24] as const;
const BEFORE_MS = 3_000;
const THIN_MS = 5_000;
const AFTER_MS = 12_000;
/** Delay from capture to arrival that has to hold from this long after the link is wide again. */
const SETTLED_MS = 1_000;
const MAX_DELAY_MS = 200;
/** Voice is taken to have come in time if it did within this. */
const IN_TIME_MS = 400;
/** What may be under way at most: half a second of the usual voice, its headers and acknowledgements. */
const MAX_UNDER_WAY_BYTES = 5_000;

type Uplink = RoomStats['uplink'];

/** Voice that came within a time, by its frames: of their durations, ms. */
const heardMs = (frames: Caller['frames'], durations: ReadonlyMap<number, number>): number =>
  frames
    .filter(({ delayMs }) => delayMs < IN_TIME_MS)
    .reduce((sum, { sequence }) => sum + (durations.get(sequence) ?? 0), 0);

const throttled = async (
  kbit: number,
  context: RunContext,
  system: System,
  checks: Expectations,
): Promise<Record<string, number>> => {
  const room = `uplink-${kbit}`;
  const { hostname, port } = new URL(system.socketUrl);
  const proxy = await ThrottlingProxy.start({ host: hostname, port: Number(port) });
  const speaker = await system.call(
    { room, identity: 'speaker' },
    {
      line: (network) => ({
        ...network,
        openSocket: (url) => network.openSocket(url.replace(/^ws:\/\/[^/]+/, `ws://${proxy.authority}`)),
      }),
    },
  );
  const listener = await system.call({ room, identity: 'listener' });
  const durations = new Map<number, number>();
  listener.room.on('frame', ({ sequence, frame }) => durations.set(sequence, frame.durationMs));
  let loudest = 0;
  const sink = new VoiceSink(listener.room, {
    onPcm: (block) => {
      for (const sample of block) loudest = Math.max(loudest, Math.abs(sample));
    },
  });
  const source = await VoiceSource.open(speaker.room);
  const over = new AbortController();
  const talk = source.play(syllablesPcm(140), { loop: true, signal: over.signal });
  const uplink = (): Uplink => speaker.room.getStats().uplink;
  const lateAtEdge = async (): Promise<number> =>
    (await system.metrics()).sum('partyline_frames_lost_total', { hop: 'uplink', reason: 'late' });
  const lateBefore = await lateAtEdge();
  await until('the voice of the speaker', () => listener.frames.length > 20);
  await forMs(BEFORE_MS);

  let peakBytes = 0;
  let slowest: Uplink = uplink();
  const thinAtMs = Date.now();
  proxy.bitsPerSecond = kbit * 1_000;
  const watch = setInterval(() => {
    const now = uplink();
    peakBytes = Math.max(peakBytes, proxy.waitingBytes + now.bufferedBytes, now.unconfirmedBytes);
    if (
      (now.maxBitrateBps ?? Number.POSITIVE_INFINITY) < (slowest.maxBitrateBps ?? Number.POSITIVE_INFINITY)
    ) {
      slowest = now;
    }
  }, 20);
  await forMs(THIN_MS);
  clearInterval(watch);
  const wideAtMs = Date.now();
  proxy.bitsPerSecond = undefined;
  await forMs(SETTLED_MS);
  loudest = 0;
  await forMs(AFTER_MS - SETTLED_MS);
  const heard = listener.room.getStats().speakers[0];
  const after = uplink();
  over.abort();
  await talk;
  source.close();
  const spoken = uplink();
  await holdsWithin(() => listener.room.getStats().downlink.receivedFrames >= spoken.sentFrames, 2_000);
  const received = listener.room.getStats().downlink.receivedFrames;
  const late = (await lateAtEdge()) - lateBefore;
  sink.close();

  const { frames } = listener;
  const whileThin = frames.filter(({ arrivedAtMs }) => arrivedAtMs > thinAtMs && arrivedAtMs <= wideAtMs);
  const settled = frames.filter(({ arrivedAtMs }) => arrivedAtMs > wideAtMs + SETTLED_MS);
  const fresh = frames.find(({ arrivedAtMs, delayMs }) => arrivedAtMs - delayMs > wideAtMs);
  const figures = {
    kbit,
    heardMs: heardMs(whileThin, durations),
    droppedFrames: spoken.droppedFrames,
    lateAtEdge: late,
    peakBytes,
    lowestBps: slowest.maxBitrateBps ?? 0,
    freshAfterMs: Math.round((fresh?.arrivedAtMs ?? Number.POSITIVE_INFINITY) - wideAtMs),
    delayP50Ms: percentile(
      settled.map(({ delayMs }) => delayMs),
      0.5,
    ),
    delayP95Ms: percentile(
      settled.map(({ delayMs }) => delayMs),
      0.95,
    ),
    delayMaxMs: Math.max(...settled.map(({ delayMs }) => delayMs)),
    bufferedMs: Math.round(heard?.bufferedMs ?? 0),
  };
  const slack = context.ci ? 2 : 1;
  const at = `${kbit} kbit/s for 5 s`;
  checks.expect(
    figures.delayP95Ms < MAX_DELAY_MS * slack,
    `${at}: from 1 s after it voice came ${figures.delayP95Ms.toFixed(0)} ms after its capture (p95)`,
  );
  checks.expect(
    figures.freshAfterMs < SETTLED_MS * slack,
    `${at}: fresh voice after ${figures.freshAfterMs} ms only`,
  );
  checks.expect(peakBytes < MAX_UNDER_WAY_BYTES, `${at}: ${peakBytes} bytes were under way at once`);
  checks.expect(spoken.droppedFrames > 0 || kbit > 16, `${at}: nothing is counted as dropped`);
  checks.expect(
    received + late === spoken.sentFrames,
    `${at}: ${spoken.sentFrames} frames were sent, ${received} came, and ${late} were too late for the edge`,
  );
  checks.expect(loudest > 0.05, `${at}: nothing is heard of the speaker afterwards`);
  checks.expect(
    figures.bufferedMs < 300 * slack,
    `${at}: ${figures.bufferedMs} ms wait to be played afterwards`,
  );
  checks.expect(
    after.maxBitrateBps === undefined || context.ci,
    `${at}: 12 s afterwards the voice is still held down to ${after.maxBitrateBps} bit/s`,
  );
  await Promise.all([speaker.leave(), listener.leave()]);
  proxy.stop();
  return figures;
};

/** A speaker whose way to the edge carries less than voice needs for 5 s, through the buffers that systems have. */
export const uplink: Part = {
  name: 'uplink',
  about: 'a speaker whose uplink carries 8, 16 or 24 kbit/s for 5 s, with real Opus and the usual buffers',
  run: async (context, checks) => {
    await prepareVoice();
    return withSystem({}, async (system) => {
      const all: Record<string, number>[] = [];
      for (const kbit of RATES_KBIT) all.push(await throttled(kbit, context, system, checks));
      context.table([
        [
          'kbit/s',
          'heard ms of 5,000',
          'dropped',
          'late at edge',
          'peak bytes',
          'lowest bit/s',
          'fresh after ms',
          'delay p50 / p95 / max ms',
        ],
        ...all.map((row) => [
          row.kbit!,
          row.heardMs!,
          row.droppedFrames!,
          row.lateAtEdge!,
          row.peakBytes!,
          row.lowestBps!,
          row.freshAfterMs!,
          `${row.delayP50Ms!.toFixed(0)} / ${row.delayP95Ms!.toFixed(0)} / ${row.delayMaxMs!.toFixed(0)}`,
        ]),
      ]);
      return { throttled: all };
    });
  },
};
