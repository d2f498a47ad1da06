import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { partyline } from '../support/program.ts';
import { shapeAsked } from '../support/system.ts';
import { type BudgetCase, CASES, nameOf } from './budget/cases.ts';
import { type Counted, countCall } from './budget/counted-call.ts';

/** How far the budget may be off, %. */
const TOLERANCE = 2;
/**
 * Of packets, where nothing else runs: an edge and its kernel send in one what comes at the same moment, and systems differ in how they
 * delay acknowledgements.
 */
const PACKET_TOLERANCE = 15;
/** A client acknowledges 5 times a second, and twice as often where messages seem to be held up (protocol rule 41). */
const MORE_ACKS_PER_SECOND = 5;
/** `{"type":"ack","topic":1,"sequence":1000}`, masked. */
const ACK_BYTES = 40 + 6;
/** RFC 8446, 5.2. */
const TLS_RECORD_BYTES = 22;
/** Edges at once. */
const AT_ONCE = 3;

interface Layers {
  payloadBps: number;
  frameHeaderBps: number;
  messageHeaderBps: number;
  controlBps: number;
  controlPerSecond: number;
  webSocketBps: number;
  tlsBps: number;
  framesPerSecond: number;
  messagesPerSecond: number;
  segmentsPerSecond: number;
  acknowledgementsPerSecond: number;
}
interface Budget {
  codecRateBps: number;
  traffic: { edge: { up: Layers; down: Layers } };
}

/** What `partyline budget` says of a call. */
const predict = async (call: BudgetCase, counted: Counted): Promise<Budget> => {
  const program = partyline([
    ...['budget', '--json', '--codec', ...call.words, '--frame', `${call.frameMs}`],
    ...['--participants', `${call.participants}`, '--talkers', `${call.talkers}`],
    ...['--last-n', `${call.lastN ?? call.talkers}`, '--coalesce-ms', `${call.coalesceMs ?? 0}`],
    // What Opus makes of speech depends on the speech; everything that is added to it does not.
    ...(call.bitrate === undefined ? [] : ['--bitrate', `${Math.round(counted.payloadBps)}`]),
  ]);
  const code = await program.ends(30_000);
  if (code !== 0) throw new Error(`partyline budget: exit code ${code}: ${program.output}`);
  return JSON.parse(program.stdout.at(-1)!) as Budget;
};

const mediaBytes = ({ payloadBps, frameHeaderBps, messageHeaderBps }: Layers): number =>
  (payloadBps + frameHeaderBps + messageHeaderBps) / 8;
const streamBytes = (layers: Layers): number =>
  mediaBytes(layers) + (layers.controlBps + layers.webSocketBps + layers.tlsBps) / 8;

/** One figure, a second. */
interface Comparison {
  readonly what: string;
  readonly said: number;
  readonly counted: number;
  /** %; only shown where there is none. */
  readonly tolerance?: number;
}

/**
 * What is compared. All participants share a thread here, which holds messages up now and then, and they acknowledge more often
 * for a while: the edge counts control messages, and what there are more than the budget has is added to it as acknowledgements.
 */
const comparisons = (
  { codecRateBps, traffic }: Budget,
  counted: Counted,
  call: BudgetCase,
  timingSlack: number,
): Comparison[] => {
  const { up, down } = traffic.edge;
  const { sockets } = counted;
  const within = (tolerance: number) => (what: string, said: number, was: number) => ({
    what,
    said,
    counted: was,
    tolerance,
  });
  const strict = within(TOLERANCE);
  const packets = within(PACKET_TOLERANCE * timingSlack);
  // Of several talkers how many frames meet in a message depends on when they began; the budget has the mean.
  const byPhase = (comparison: Comparison): Comparison =>
    call.coalesceMs === undefined || call.talkers === 1
      ? comparison
      : { what: comparison.what, said: comparison.said, counted: comparison.counted };
  const moreAcks = counted.controlIn - up.controlPerSecond;
  const ackBytes = ACK_BYTES + (call.tls === true ? TLS_RECORD_BYTES : 0);
  return [
    strict('payload bit/s', codecRateBps, counted.payloadBps),
    strict('edge: frames in', up.framesPerSecond, counted.framesIn),
    strict('edge: frames out', down.framesPerSecond, counted.framesOut),
    strict('edge: messages in', up.messagesPerSecond, counted.messagesIn),
    byPhase(strict('edge: messages out', down.messagesPerSecond, counted.messagesOut * call.participants)),
    strict('edge: media bytes in', mediaBytes(up), counted.mediaBytesIn),
    strict('edge: media bytes out', mediaBytes(down), counted.mediaBytesOut),
    strict('kernel: bytes in', streamBytes(up) + moreAcks * ackBytes, sockets.bytesIn),
    strict('kernel: bytes out', streamBytes(down), sockets.bytesOut),
    strict('kernel: packets with data in', up.segmentsPerSecond + moreAcks, sockets.dataIn),
    byPhase(packets('kernel: packets with data out', down.segmentsPerSecond, sockets.dataOut)),
    byPhase(
      packets(
        'kernel: all packets in',
        up.segmentsPerSecond + moreAcks + up.acknowledgementsPerSecond,
        sockets.segmentsIn,
      ),
    ),
    byPhase(
      packets(
        'kernel: all packets out',
        down.segmentsPerSecond + down.acknowledgementsPerSecond,
        sockets.segmentsOut,
      ),
    ),
  ];
};

const compare = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const rows: (string | number)[][] = [];
  let worst = 0;
  const one = async (call: BudgetCase): Promise<void> => {
    const counted = await countCall(call);
    const name = nameOf(call);
    checks.expect(
      counted.sockets.connections === call.participants,
      `${name}: the kernel has ${counted.sockets.connections} connections of ${call.participants}`,
    );
    const budget = await predict(call, counted);
    const { controlPerSecond } = budget.traffic.edge.up;
    checks.expect(
      counted.controlIn >= 0.9 * controlPerSecond &&
        counted.controlIn <= 1.1 * controlPerSecond + MORE_ACKS_PER_SECOND * call.participants,
      `${name}: ${counted.controlIn.toFixed(1)} control messages a second are not ${controlPerSecond.toFixed(1)}`,
    );
    const compared = comparisons(budget, counted, call, context.timingSlack);
    for (const { what, said, counted: was, tolerance } of compared) {
      const off = (100 * (said - was)) / was;
      if (tolerance === TOLERANCE) worst = Math.max(worst, Math.abs(off));
      const most = tolerance === undefined ? '' : `${tolerance} %`;
      rows.push([name, what, said.toFixed(1), was.toFixed(1), `${off.toFixed(2)} %`, most]);
      checks.expect(
        tolerance === undefined || Math.abs(off) <= tolerance,
        `${name}: ${what}: the budget says ${said.toFixed(1)}, counted were ${was.toFixed(1)} (${off.toFixed(2)} %)`,
      );
    }
  };
  const waiting = [...CASES];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  rows.sort(([a], [b]) => String(a).localeCompare(String(b)));
  context.table([['call', 'a second', 'budget', 'counted', 'off', 'at most'], ...rows]);
  return { ...checks.outcome, worstPercent: Number(worst.toFixed(2)) };
};

/** Whether the arithmetic of `partyline budget` is that of a running edge. */
export const run: NamedRun = {
  name: 'budget',
  about:
    'What "partyline budget" says of calls in several codecs, against what an edge and its kernel count.',
  floor: `within ${TOLERANCE} %`,
  aim: `within ${TOLERANCE} %`,
  run: (context) => {
    if (shapeAsked() !== 'one') throw new Error('"budget" counts on one edge: leave --shape out');
    return compare(context);
  },
};
