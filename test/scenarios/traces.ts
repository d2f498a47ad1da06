import { randomBytes } from 'node:crypto';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { OtlpReceiver } from '../support/otlp/receiver.ts';
import { System } from '../support/system.ts';
import { checkDrain } from './traces/drain.ts';
import { checkFrames } from './traces/frame.ts';
import { checkJoin } from './traces/join.ts';
import { checkModeration } from './traces/moderation.ts';
import type { TraceCheck } from './traces/part.ts';

/** One frame in so many is followed: enough of them in some seconds. */
const EVERY = 10;
/** Between one hop's end and the next one's beginning, and in the sum of all. */
const MAX_ERROR_MS = 10;
/** Names that no span may hold. */
const SECRETS = ['secret-room', 'secret-person'];

const PARTS: readonly TraceCheck[] = [checkJoin, checkModeration, checkFrames, checkDrain];

const inCall = async (context: RunContext, system: System, receiver: OtlpReceiver): Promise<RunOutcome> => {
  const checks = new Expectations();
  const maxErrorMs = MAX_ERROR_MS * context.timingSlack;
  const given = { system, receiver, checks, maxErrorMs, every: EVERY, say: context.say };
  const figures: Record<string, number> = {};
  for (const part of PARTS) {
    const traceId = randomBytes(16).toString('hex');
    const spanId = randomBytes(8).toString('hex');
    Object.assign(
      figures,
      await part({ ...given, caller: { traceId, spanId, header: `00-${traceId}-${spanId}-01` } }),
    );
  }
  const text = JSON.stringify(receiver.spans);
  for (const secret of SECRETS) {
    checks.expect(!text.includes(secret), `a span tells the name "${secret}"`);
  }
  checks.expect(!/eyJ[\w-]{10}/.test(text), 'a span holds a token');
  for (const fault of receiver.faults) checks.expect(false, fault);
  const metrics = await system.metrics();
  const total = (outcome: string): number => metrics.sum('partyline_trace_spans_total', { outcome });
  checks.expect(total('exported') > 0, 'no exported span is counted');
  checks.expect(total('failed') + total('dropped') === 0, 'spans were lost on their way to the receiver');
  return { ...checks.outcome, spans: receiver.spans.length, ...figures };
};

/** What an operator follows through a cluster of two regions: joins, moderation, drains and single frames. */
export const run: NamedRun = {
  name: 'traces',
  about: 'A receiver of OTLP gets joins, moderation, a drain and frames over two edges as whole traces.',
  floor: 'times of a frame add up within 10 ms',
  aim: 'times of a frame add up within 10 ms',
  run: async (context) => {
    const receiver = await OtlpReceiver.start();
    try {
      const system = await System.start({
        shape: 'cluster',
        env: {
          PARTYLINE_OTLP_URL: receiver.url,
          PARTYLINE_TRACE_EVERY: String(EVERY),
          PARTYLINE_LOG_LEVEL: 'info',
        },
        cluster: {
          regions: [
            { name: 'eu', edges: 2, directories: 1 },
            { name: 'us', edges: 1, directories: 1 },
          ],
        },
      });
      try {
        return await inCall(context, system, receiver);
      } finally {
        await system.stop();
      }
    } finally {
      await receiver.stop();
    }
  },
};
