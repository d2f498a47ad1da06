import { spawnSync } from 'node:child_process';
import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { encodeMedia } from '@partyline/protocol';
import { type Books, bookFailures, booksOf, closedBooks, measureFailures } from '../support/books.ts';
import { mute } from '../support/moderation.ts';
import type { RawClient } from '../support/raw-client.ts';
import { speech, syllables, syntheticFrame } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'counted-room';
const SPEAKERS = 5;
const LISTENERS = 5;
const HOPS = ['uplink', 'edge', 'downlink'];
const HOPS_OF_CLUSTERS = [...HOPS, 'bus'];
/** Label names by which a room or a person could be told, and by which series would grow without bound. */
const PRIVATE_LABELS = [
  'room',
  'identity',
  'participant',
  'user',
  'name',
  'stream',
  'streamId',
  'address',
  'ip',
];

/** What `promtool check metrics` has to say about a page; the empty text if nothing. */
const lint = (page: string): string => {
  const result = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
  if (result.error !== undefined) {
    return `promtool could not be run (${result.error.message}); Debian has it in its package "prometheus"`;
  }
  return result.status === 0 ? `${result.stdout}${result.stderr}`.trim() : `${result.stdout}${result.stderr}`;
};

/** What is scraped while people talk. */
const examine = async (system: System, checks: Expectations): Promise<void> => {
  for (const { text } of await system.pages()) {
    const lintOutput = lint(text);
    checks.expect(lintOutput === '', `promtool check metrics says: ${lintOutput}`);
  }
  const page = await system.metrics();
  const hops = system.isCluster ? HOPS_OF_CLUSTERS : HOPS;
  for (const hop of ['capture', ...hops]) {
    checks.expect(
      page.sum('partyline_hop_latency_seconds_count', { hop }) > 0,
      `partyline_hop_latency_seconds has nothing for hop ${hop}`,
    );
  }
  for (const hop of hops) {
    checks.expect(
      page.sum('partyline_frames_total', { hop }) > 0,
      `partyline_frames_total has nothing for ${hop}`,
    );
  }
  for (const hop of ['uplink', 'downlink']) {
    const reasons = page.select('partyline_frames_lost_total', { hop });
    checks.expect(reasons.length > 0, `partyline_frames_lost_total has no series for hop ${hop}`);
    checks.expect(
      reasons.every(({ labels }) => labels.reason !== undefined && labels.reason !== ''),
      `partyline_frames_lost_total has no reason on hop ${hop}`,
    );
  }
  for (const name of [
    'partyline_edge_connections',
    'partyline_edge_load',
    'partyline_edge_egress_frames_per_second',
  ]) {
    checks.expect(page.names.has(name), `the autoscaling signal ${name} is missing`);
  }
  for (const { name, labels } of page.series) {
    const telling = Object.keys(labels).filter(
      (label) => name.startsWith('partyline_') && PRIVATE_LABELS.includes(label),
    );
    const named = Object.values(labels).some((value) =>
      /counted-room|speaker-\d|listener-\d|127\.0\.0\.1/.test(value),
    );
    checks.expect(
      telling.length === 0 && !named,
      `${name}${JSON.stringify(labels)} tells about rooms or people`,
    );
  }
};

/** Makes frames be lost for every reason that a client can cause. */
const troubles = async (
  system: System,
  speakers: readonly RawClient[],
  listeners: readonly RawClient[],
): Promise<void> => {
  const [, self, moderated] = speakers as [RawClient, RawClient, RawClient];
  const [ungranted, slow] = listeners as [RawClient, RawClient];
  const voice = { level: 20, active: true };
  for (let i = 0; i < 7; i += 1) {
    ungranted.sendBytes(
      encodeMedia(ungranted.nextHeader(), [syntheticFrame(ungranted.streamId, i, voice, Date.now())]),
    );
  }
  self.send({ type: 'mute', muted: true });
  await mute(system.admin, ROOM, moderated.reply!.identity, true);
  slow.stopReading();
  await forMs(2_000);
  slow.resumeReading();
  self.send({ type: 'mute', muted: false });
  await mute(system.admin, ROOM, moderated.reply!.identity, false);
  await forMs(1_000);
};

const show = (books: Books): (string | number)[][] => [
  ['received', 'lost up', 'held', 'pre-roll', 'chosen', 'forwarded', 'offered', 'delivered', 'lost down'],
  [
    books.received,
    JSON.stringify(books.lostUp),
    books.held,
    books.preRoll,
    books.chosen,
    books.forwarded,
    books.offered,
    books.delivered,
    JSON.stringify(books.lostDown),
  ],
];

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const { speakers, listeners } = await system.gather(ROOM, { speakers: SPEAKERS, listeners: LISTENERS });
  const everybody = [...speakers, ...listeners];
  for (const [index, speaker] of speakers.entries()) {
    talkers.say(speaker, index < 3 ? speech(15 + 6 * index) : syllables(30 + 6 * index));
  }
  await forMs(context.full ? 20_000 : 4_000);
  await troubles(system, speakers, listeners);
  await examine(system, checks);

  talkers.hush(...speakers);
  const spoken = speakers.reduce((total, speaker) => total + speaker.spoken, 0);
  const heard = (): number[] =>
    everybody.map(({ reception }) => reception.frames.length + reception.skippedFrames);
  // The last frames, and then two rounds of acknowledgements, must have passed before somebody leaves.
  await holdsWithin(() => new Set(heard()).size === 1, 5_000);
  await forMs(600);
  talkers.stop();
  await Promise.all(everybody.map((client) => client.leave()));
  const books = await closedBooks(system);
  context.table(show(books));

  for (const failure of bookFailures(books)) checks.expect(false, failure);
  for (const failure of measureFailures(await system.metrics())) checks.expect(false, failure);
  checks.expect(books.lostDown.gap === 0, `listeners missed ${books.lostDown.gap} frames on the downlink`);
  checks.expect(
    books.received === spoken + 7,
    `${books.received} frames were received, ${spoken} + 7 were sent`,
  );
  for (const [edge, page] of await system.edgePages()) {
    const { forwarded, offered } = booksOf(page);
    const here = everybody.filter(({ reply }) => edge === '' || reply?.edge === edge).length;
    checks.expect(
      offered === forwarded * here,
      `${edge}: ${forwarded} frames for ${here} listeners make ${forwarded * here}, not ${offered}`,
    );
  }
  const total = (read: (client: RawClient) => number): number =>
    everybody.reduce((sum, client) => sum + read(client), 0);
  const heardFrames = total(({ reception }) => reception.frames.length);
  const skipped = total(({ reception }) => reception.skippedFrames);
  checks.expect(
    books.delivered === heardFrames,
    `the edge counts ${books.delivered} frames delivered, the listeners received ${heardFrames}`,
  );
  checks.expect(
    books.lostDown.paused === skipped,
    `the edge counts ${books.lostDown.paused} frames lost to pauses, the listeners were told of ${skipped}`,
  );
  for (const reason of ['muted', 'moderated', 'no_grant']) {
    checks.expect((books.lostUp[reason] ?? 0) > 0, `no frame was counted as lost for reason ${reason}`);
  }
  checks.expect(
    everybody.every(({ reception }) => reception.missingMessages === 0),
    'a listener found a gap in its numbers',
  );
  return { ...checks.outcome, spoken, books };
};

/** Whether the numbers that operators see are right, to the frame. */
export const run = systemScenario({
  name: 'metrics',
  about:
    'The metrics page passes promtool, has every hop, tells nothing about people, and its books balance exactly.',
  floor: 'exact',
  aim: 'exact',
  system: {},
  inCall,
});
