import { frameTraceId, isTraced, type TracedFrame } from '@partyline/protocol';
import type { ReceivedSpan } from '../../support/otlp/messages.ts';
import { drawn, wayDown } from '../../support/otlp/tree.ts';
import type { RawClient } from '../../support/raw-client.ts';
import type { Voice } from '../../support/synthetic-voice.ts';
import { Talkers } from '../../support/talkers.ts';
import { holdsWithin } from '../../support/wait.ts';
import { expectServices, person, type TraceCheck, type TraceGivens } from './part.ts';

const ROOM = 'secret-room-of-frames';
/** What the listener says it plays frames after their arrival. */
const PLAYED_AFTER_MS = 60;
/** Traces that are wanted, each of another frame. */
const ENOUGH = 5;
const PATIENCE_MS = 20_000;

const WAY = ['frame', 'edge ingress', 'bus', 'edge egress', 'downlink', 'playout'];
/** The hops in their order; their times add up from capture to ear. */
const HOPS = ['capture', 'uplink', 'edge ingress', 'bus', 'edge egress', 'downlink', 'playout'];

const voice: Voice = (index) => ({ level: 20 + (index % 8) * 3, active: true });

/** What a client reports of the followed frames that it got. */
const followed = (listener: RawClient, every: number, from: number): TracedFrame[] =>
  listener.reception.frames
    .slice(from)
    .filter(({ streamId, sequence }) => isTraced(streamId, sequence, every))
    .map(({ streamId, sequence, captureTimeMs, sentAtUs, arrivedAtMs }) => ({
      streamId,
      sequence,
      captureTimeMs,
      sentAtUs,
      arrivedMs: arrivedAtMs,
      playedMs: arrivedAtMs + PLAYED_AFTER_MS,
    }));

/** Each hop begins where the one before it ends, and all of them together take from capture to ear. */
const checkTimes = ({ checks, maxErrorMs }: TraceGivens, spans: readonly ReceivedSpan[]): number => {
  const hops = HOPS.map((name) => spans.find((span) => span.name === name)!);
  let worstMs = 0;
  let sumMs = 0;
  for (const [index, hop] of hops.entries()) {
    sumMs += hop.endMs - hop.startMs;
    const before = hops[index - 1];
    if (before === undefined) continue;
    const gapMs = hop.startMs - before.endMs;
    worstMs = Math.max(worstMs, Math.abs(gapMs));
    checks.expect(
      Math.abs(gapMs) <= maxErrorMs,
      `${hop.name} begins ${gapMs.toFixed(1)} ms after the end of ${before.name}`,
    );
  }
  const mouthToEarMs = hops.at(-1)!.endMs - hops[0]!.startMs;
  checks.expect(
    Math.abs(sumMs - mouthToEarMs) <= maxErrorMs,
    `the hops take ${sumMs.toFixed(1)} ms, capture to ear ${mouthToEarMs.toFixed(1)} ms`,
  );
  return Math.max(worstMs, Math.abs(sumMs - mouthToEarMs));
};

/** Frames go from a speaker in one region to a listener in another, and are seen on every hop. */
export const checkFrames: TraceCheck = async (given) => {
  const { system, receiver, checks, every, say } = given;
  const [eu, , us] = system.edges as [string, string, string];
  const listener = await system.join({
    room: ROOM,
    identity: person('listener'),
    edge: us,
    grants: { publish: false },
  });
  const application = await system.call({ room: ROOM, identity: person('application'), edge: us });
  const speaker = await system.join({ room: ROOM, identity: person('speaker'), edge: eu });
  checks.expect(
    listener.last('welcome')?.traceEvery === every,
    `clients are told ${listener.last('welcome')?.traceEvery} as traceEvery`,
  );
  const talkers = new Talkers();
  talkers.say(speaker, voice);
  let seen = 0;
  const told: TracedFrame[] = [];
  const whole = (): TracedFrame[] =>
    told.filter((frame) => wayDown(receiver.trace(traceOf(frame)), '', WAY) !== undefined);
  await holdsWithin(
    () => {
      const frames = followed(listener, every, seen);
      seen = listener.reception.frames.length;
      for (let i = 0; i < frames.length; i += 16) {
        listener.send({ type: 'report', streams: [], traced: frames.slice(i, i + 16) });
      }
      told.push(...frames);
      return whole().length >= ENOUGH;
    },
    PATIENCE_MS,
    200,
  );
  talkers.stop();
  const traced = whole();
  checks.expect(
    traced.length >= ENOUGH,
    `${traced.length} of ${told.length} followed frames have a whole trace`,
  );
  let worstMs = 0;
  for (const frame of traced) {
    // Of the two listeners there the one whose play-out is known.
    const spans = receiver.trace(traceOf(frame)).filter((span) => !isOf(span, application.streamId));
    checks.expect(spans.length === HOPS.length + 1, `a frame's trace has ${spans.length} spans`);
    expectServices(
      given,
      wayDown(spans, '', WAY)!,
      Array.from(WAY, () => 'edge'),
    );
    const [from, to] = [
      spans.find(({ name }) => name === 'uplink'),
      spans.find(({ name }) => name === 'bus'),
    ];
    checks.expect(
      from?.resource['service.instance.id'] === eu && to?.resource['service.instance.id'] === us,
      'a frame is not followed from one edge to the other',
    );
    worstMs = Math.max(worstMs, checkTimes(given, spans));
  }
  if (traced[0] !== undefined)
    say(`frame:\n${drawn(receiver.trace(traceOf(traced[0])), '', '  ').join('\n')}`);
  const heard = listener.reception.frames.length;
  checks.expect(
    told.length < heard / 2,
    `${told.length} of ${heard} frames are followed, not one in ${every}`,
  );
  const reported = (): boolean => receiver.spans.some((span) => isOf(span, application.streamId));
  checks.expect(await holdsWithin(reported, PATIENCE_MS), 'the SDK reports no followed frame');
  await Promise.all([speaker.leave(), listener.leave(), application.leave()]);
  return { framesTraced: traced.length, worstErrorMs: Number(worstMs.toFixed(2)) };
};

const isOf = ({ attributes }: ReceivedSpan, listenerStreamId: number): boolean =>
  attributes['partyline.listener_stream_id'] === listenerStreamId;

const traceOf = ({ streamId, sequence, captureTimeMs }: TracedFrame): string =>
  frameTraceId(ROOM, streamId, sequence, captureTimeMs);
