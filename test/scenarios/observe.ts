import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { StatusPage } from '../browser/status-page.ts';
import { descendantsOf, stillRunning } from '../support/descendants.ts';
import { Program, ROOT, withProgram } from '../support/program.ts';
import { holdsWithin, until } from '../support/wait.ts';

const READY = /Ready\. Voice, hop by hop: (\S+)/;
const PROMETHEUS = /Prometheus\s+│ (http:\S+)\//;
const START_MS = 60_000;
const STOP_MS = 15_000;
/** Every lane that a call over two regions fills. */
const LANES = [
  'capture',
  'uplink',
  'edge ingress',
  'bus eu us',
  'bus us eu',
  'edge egress',
  'downlink',
  'playout',
  'mouth_to_ear',
];

const observe = (...words: string[]): Program =>
  new Program('npm', ['run', 'observe', '--', '--port', '0', '--prometheus', '0', ...words]);

const figuresMove = async (page: StatusPage, checks: Expectations): Promise<void> => {
  const full = await holdsWithin(
    async () => (await page.lanesWithData()).length >= LANES.length,
    45_000,
    250,
  );
  const lanes = await page.lanesWithData();
  for (const lane of LANES) {
    checks.expect(lanes.includes(lane), `the lane ${lane} shows no data${full ? ' any more' : ''}`);
  }
  const before = await page.figures();
  const moved = await holdsWithin(async () => (await page.figures()) !== before, 10_000, 250);
  checks.expect(moved, 'the figures do not move');
  const headline = await page.headline();
  checks.expect(/mouth to ear|Late on|Lost on/.test(headline), `the sentence on top says "${headline}"`);
};

interface QueryReply {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

const query = async (url: string, text: string): Promise<QueryReply['data']['result']> => {
  const reply = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`);
  return ((await reply.json()) as QueryReply).data.result;
};

const prometheusReads = async (url: string, checks: Expectations): Promise<void> => {
  const isUp = async (): Promise<boolean> => {
    const targets = await query(url, 'up');
    return targets.length === 6 && targets.every(({ value }) => value[1] === '1');
  };
  checks.expect(await holdsWithin(isUp, 15_000, 250), `up is ${JSON.stringify(await query(url, 'up'))}`);
  for (const { metric } of await query(url, 'up')) {
    const kind = metric.job === 'partyline-edge' ? metric.edge : metric.directory;
    checks.expect(
      metric.cluster === 'partyline' && /^(eu|us)$/.test(metric.region ?? '') && kind !== undefined,
      `a target has the labels ${JSON.stringify(metric)}`,
    );
  }
  const regions = await query(
    url,
    'count by (region) (partyline_hop_latency_seconds_count{hop="uplink"} > 0)',
  );
  checks.expect(regions.length === 2, `uplinks are measured in ${regions.length} regions, not in both`);
  const rules = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { name: string; lastError?: string }[] }[] };
  };
  for (const { name, lastError } of rules.data.groups.flatMap((group) => group.rules)) {
    checks.expect((lastError ?? '') === '', `the rule ${name} fails: ${lastError}`);
  }
};

/** Ends the edge of a region that has people on it, and looks what the page says. */
const edgeKilled = async (
  program: Program,
  page: StatusPage,
  checks: Expectations,
  picture: string,
): Promise<void> => {
  const edge = await page.edgeWithPeople();
  const pid = Number(new RegExp(`${edge} +│[^│]+│ (\\d+)`).exec(program.output)?.[1]);
  process.kill(pid, 'SIGKILL');
  const shows = (pattern: RegExp): Promise<boolean> =>
    holdsWithin(async () => pattern.test(await page.stateOf(edge)), 30_000, 100);
  checks.expect(
    await shows(/does not|gone/),
    `${edge} was killed and is shown as ${await page.stateOf(edge)}`,
  );
  await page.picture(picture, {});
  const remark = `${edge} does not answer`;
  checks.expect(
    (await page.remarks()).includes(remark) || /gone|started/.test(await page.stateOf(edge)),
    `of the edge that was killed the page says: ${await page.remarks()}`,
  );
  checks.expect(await shows(/started/), `${edge} is back and is shown as ${await page.stateOf(edge)}`);
};

/** Ends it, and expects that nothing of it is left. */
const ends = async (
  what: string,
  program: Program,
  checks: Expectations,
  end: () => void,
): Promise<number> => {
  const processes = descendantsOf(program.pid);
  const beganAtMs = performance.now();
  end();
  const gone = await holdsWithin(() => stillRunning(processes).length === 0, STOP_MS, 50);
  checks.expect(gone, `${what}: still running:\n${stillRunning(processes).join('\n')}`);
  return Math.round(performance.now() - beganAtMs);
};

const inCheckout = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const figures: Record<string, number> = {};
  const folder = await mkdtemp(join(tmpdir(), 'partyline-observe-'));

  await withProgram(observe(), async (program) => {
    const beganAtMs = performance.now();
    const [, status] = await program.prints(READY, START_MS);
    figures.startMs = Math.round(performance.now() - beganAtMs);
    const [, prometheus] = await program.prints(PROMETHEUS, 1_000);
    const page = await StatusPage.open(status!);
    try {
      await figuresMove(page, checks);
      await prometheusReads(prometheus!, checks);
      // The long form is for the picture in the documentation, which is then full.
      if (context.full) await until('a full picture', () => page.hasWatchedFor(105_000), 130_000);
      await page.picture(join(folder, 'status-dark.png'), { scheme: 'dark' });
      await page.picture(join(folder, 'status-phone.png'), { width: 390 });
      const light = context.options.has('images')
        ? join(ROOT, 'docs/images/status.png')
        : join(folder, 'status.png');
      await page.picture(light, {});
      await edgeKilled(program, page, checks, join(folder, 'status-killed.png'));
      checks.expect(page.complaints.length === 0, `the page complains: ${page.complaints.join('; ')}`);
    } finally {
      await page.close();
    }
    figures.interruptMs = await ends('Ctrl-C', program, checks, () => program.interrupt());
  });

  await withProgram(observe('--regions', 'eu', '--edges', '1', '--bots', '2'), async (program) => {
    await program.prints(READY, START_MS);
    figures.terminateNpmMs = await ends('TERM to npm', program, checks, () => program.signal('SIGTERM'));
  });

  await withProgram(observe('--bots', 'many'), async (program) => {
    const code = await program.ends(20_000);
    const said = program.stderr.filter((line) => line.trim() !== '' && !line.startsWith('npm '));
    checks.expect(
      code !== 0 && said.length === 1 && said[0]!.includes('--bots takes'),
      `a wrong option gives ${code} and: ${said.join('\n')}`,
    );
  });

  context.say(`pictures: ${folder}`);
  context.table([['what', 'ms'], ...Object.entries(figures)]);
  return { ...checks.outcome, ...figures };
};

/** What `npm run observe` starts, what its pages say, and how it ends. */
export const run: NamedRun = {
  name: 'observe',
  about:
    'npm run observe: every lane of /status moves, a killed edge shows, Prometheus reads all, nothing is left.',
  floor: 'exact',
  aim: 'exact',
  run: inCheckout,
};
