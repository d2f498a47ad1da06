import type { Expectations, RunContext } from '@partyline/harness';
import type { MetricsPage } from '../../support/metrics-page.ts';
import type { RawClient } from '../../support/raw-client.ts';
import { percentile } from '../../support/reception.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { Wan } from '../../support/wan/wan.ts';

const SPEAKERS = 3;
const LOSSY_MS = 8_000;
/**
 * A line as bad as people have, and one so bad that TCP does not bring everything in time. A packet that is lost twice holds three voices up
 * for some 400 ms, of which what comes too late is left out: that is up to 4 % of what is said here, and seldom.
 */
const LINES = [
  { name: 'bad', lossShare: 0.015, minHeard: 0.95, mustLose: false },
  { name: 'very bad', lossShare: 0.12, minHeard: 0.5, mustLose: true },
] as const;
type Line = (typeof LINES)[number];

/** A heartbeat shows the last gap, and what is missing for a second or two counts as lost. */
const SETTLED_MS = 5_000;

/** Frames of one voice path between two edges. */
interface Counts {
  /** Handed to the bus, and come by it in time. */
  sent: number;
  received: number;
  /** Missing in the numbering, or too late. */
  lost: number;
  /** Never handed to the bus. */
  dropped: number;
  /** Skipped for the listener, who acknowledged nothing. */
  skipped: number;
}

const countsOf = (page: MetricsPage): Counts => {
  const lostFor = (hop: string, ...reasons: string[]): number =>
    reasons.reduce((sum, reason) => sum + page.sum('partyline_frames_lost_total', { hop, reason }), 0);
  return {
    sent: page.required('partyline_frames_total', { hop: 'bus', direction: 'out' }),
    received: page.required('partyline_frames_total', { hop: 'bus', direction: 'in' }),
    lost: lostFor('bus', 'lost', 'late'),
    dropped: lostFor('bus', 'dropped_full', 'dropped_away', 'dropped_old'),
    skipped: lostFor('downlink', 'paused', 'closed'),
  };
};

export interface LossyFigures {
  /** Of the packets, in each direction. */
  lossShare: number;
  packetsLost: number;
  spoken: number;
  missing: number;
  counted: Omit<Counts, 'sent' | 'received'>;
  delayP95Ms: number;
}

const heardBy = ({ reception }: RawClient): number =>
  new Set(reception.frames.map(({ streamId, sequence }) => streamId * 0x1_0000 + sequence)).size;

/**
 * Voice over a line that loses packets: it crosses, and what listeners miss is what edges count, to the frame.
 * @returns nothing where the line is none of packets
 */
export const overLossyWire = async (
  context: RunContext,
  system: System,
  wan: Wan,
  checks: Expectations,
): Promise<LossyFigures[]> => {
  if (wan.loss === undefined) {
    context.say('a line of proxies loses no packets, so that part is left out');
    return [];
  }
  const all: LossyFigures[] = [];
  for (const line of LINES) {
    all.push(await overLine(line, { system, wan, checks, lose: (share) => wan.loss!(share) }));
  }
  return all;
};

const overLine = async (
  { name, lossShare, minHeard, mustLose }: Line,
  {
    system,
    wan,
    checks,
    lose,
  }: { system: System; wan: Wan; checks: Expectations; lose: (share: number) => Promise<void> },
): Promise<LossyFigures> => {
  const room = `line-${name.replace(' ', '-')}`;
  const [near] = system.edges as [string];
  const far = system.edges.find((edge) => edge.startsWith('us-'))!;
  const talkers = new Talkers();
  const listener = await system.join({
    room,
    identity: 'listener',
    edge: far,
    grants: { publish: false },
  });
  const speakers: RawClient[] = [];
  for (let i = 0; i < SPEAKERS; i++) {
    speakers.push(await system.join({ room, identity: `speaker-${i}`, edge: near }));
  }
  const before = countsOf(await system.metrics());
  const packetsBefore = (await wan.traffic()).lost;
  for (const speaker of speakers) talkers.say(speaker, speech(60));
  const spokenSoFar = (): number => speakers.reduce((sum, { spoken }) => sum + spoken, 0);
  await forMs(2_000);
  await lose(lossShare);
  await forMs(LOSSY_MS);
  await lose(0);
  await forMs(1_000);
  talkers.hush(...speakers);
  const spoken = spokenSoFar();

  const since = async (): Promise<Counts> => {
    const now = countsOf(await system.metrics());
    const of = (name: keyof Counts): number => now[name] - before[name];
    return {
      sent: of('sent'),
      received: of('received'),
      lost: of('lost'),
      dropped: of('dropped'),
      skipped: of('skipped'),
    };
  };
  const isSettled = async (): Promise<boolean> => {
    const { lost, dropped, skipped } = await since();
    return heardBy(listener) + lost + dropped + skipped >= spoken;
  };
  await holdsWithin(isSettled, SETTLED_MS, 200);
  // Nothing may come on top.
  await forMs(2_500);
  talkers.stop();
  const packetsLost = (await wan.traffic()).lost - packetsBefore;
  const { sent, received, ...counted } = await since();
  const missing = spoken - heardBy(listener);
  checks.expect(packetsLost > 10, `a ${name} line lost only ${packetsLost} packets`);
  checks.expect(
    missing <= spoken * (1 - minHeard),
    `of ${spoken} frames over a ${name} line ${missing} were not heard`,
  );
  checks.expect(!mustLose || missing > 0, `a ${name} line lost no frame, so nothing was shown`);
  checks.expect(
    missing === counted.lost + counted.dropped + counted.skipped,
    `listeners miss ${missing} frames over a ${name} line, and edges count ${JSON.stringify(counted)}`,
  );
  checks.expect(
    sent === received + counted.lost,
    `of ${sent} frames sent over a ${name} line ${received} came and ${counted.lost} are counted as lost`,
  );
  const delays = listener.reception.frames.map(({ delayMs }) => delayMs);
  await Promise.all([...speakers, listener].map((client) => client.leave()));
  return { lossShare, packetsLost, spoken, missing, counted, delayP95Ms: percentile(delays, 0.95) };
};
