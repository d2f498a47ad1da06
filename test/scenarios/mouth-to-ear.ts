import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { makeCertificate } from '../support/certificate.ts';
import { serve, withProgram } from '../support/program.ts';
import { speechFile } from '../support/speech.ts';
import { type KernelSettings, withCallNetwork } from '../support/wan/call-network.ts';
import { writeSilence } from '../support/wav-file.ts';
import { traceOf, writeTrace } from './mouth-to-ear/arrival-trace.ts';
import { type Figures, figuresOf, PIECE_MS } from './mouth-to-ear/figures.ts';
import { measureCall, type Stage } from './mouth-to-ear/measured-call.ts';
import { writeDocs } from './mouth-to-ear/page-of-docs.ts';
import { LINE_DELAY_MS, LINE_LOSS, ROWS, type Row } from './mouth-to-ear/rows.ts';

const PORT = 8443;
/** Speech of one call; the microphone repeats its file. */
const SPEECH_SECONDS = 60;
/** One packet that is lost three times takes seconds: of 25 s that was an eighth. */
const TALK_MS = 50_000;
const FULL_TALK_MS = 180_000;
const AGREEMENT_MS = 20;
/**
 * A share of the pieces that may be unlike what was said: concealed, or stretched. Behind two lossy lines speakers leave out what
 * waited too long, and listeners get some late: 1.4 to 13 % in eight runs.
 */
const MOST_MISSING = 0.1;
const MOST_MISSING_BEHIND_TWO = 0.2;
const LEAST_PIECES = 100;

/** `name=value,name=value` of the command line. */
const kernelSettings = (text = ''): KernelSettings =>
  Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('=') as [string, string]),
  );

const judge = (figures: Figures, row: Row, context: RunContext, checks: Expectations): void => {
  const looser = context.ci ? 1.5 : 1;
  const { judged, claimOff, missing, pieces } = figures;
  const share = `p${row.share * 100}`;
  checks.expect(pieces >= LEAST_PIECES, `${row.about}: only ${pieces} pieces of speech were spoken`);
  checks.expect(
    missing <= (row.name === 'both' ? MOST_MISSING_BEHIND_TWO : MOST_MISSING),
    `${row.about}: ${(missing * 100).toFixed(1)} % of the pieces of speech were not heard as spoken`,
  );
  checks.expect(
    judged <= row.floorMs * looser,
    `${row.about}: ${share} is ${judged} ms, more than ${row.floorMs * looser}`,
  );
  checks.expect(
    Math.abs(claimOff) <= AGREEMENT_MS * looser,
    `${row.about}: getStats() is ${claimOff} ms off what was measured, more than ${AGREEMENT_MS * looser}`,
  );
};

const tableOf = (all: readonly Figures[], context: RunContext): void => {
  context.table([
    ['ms', 'p50', 'p95', 'p99', 'pieces', 'not heard', 'getStats() off', 'floor', 'aim'],
    ...all.map(({ row, p50, p95, p99, pieces, missing, claimOff }) => {
      const { about, share, floorMs, aimMs } = ROWS.find(({ name }) => name === row)!;
      const of = `p${share * 100}`;
      return [
        about,
        p50,
        p95,
        p99,
        pieces,
        `${(missing * 100).toFixed(1)} %`,
        claimOff,
        `${of} ${floorMs}`,
        `${of} ${aimMs}`,
      ];
    }),
  ]);
  const hops = ['capture', 'uplink', 'edge', 'downlink', 'playout', 'mouth_to_ear'];
  context.table([
    ['mean ms of hop', ...hops],
    ...all.map((figures) => [figures.row, ...hops.map((hop) => figures.hops[hop] ?? '')]),
  ]);
  context.table([
    ['row', 'packets', 'lost', 'frames', 'late', 'lost', 'pauses', 'frames left out'],
    ...all.map(({ row, packets, packetsLost, received, late, lost, pauses, pausedFrames }) => [
      row,
      packets,
      packetsLost,
      received,
      late,
      lost,
      pauses,
      pausedFrames,
    ]),
  ]);
};

const measure = async (context: RunContext, stage: Stage): Promise<RunOutcome> => {
  const checks = new Expectations();
  const { options, full } = context;
  const only = options.get('only')?.split(',');
  const talkMs = options.has('seconds')
    ? 1_000 * Number(options.get('seconds'))
    : full
      ? FULL_TALK_MS
      : TALK_MS;
  const traces = options.get('traces');
  const all: Figures[] = [];
  for (const row of ROWS) {
    if (only !== undefined && !only.includes(row.name)) continue;
    const call = await measureCall(row, stage, talkMs);
    const figures = figuresOf(row, call);
    all.push(figures);
    judge(figures, row, context, checks);
    if (traces !== undefined) {
      await mkdir(traces, { recursive: true });
      // What came later met a page that was busy handing over its recordings.
      const arrivals = call.arrivals.filter(
        ({ arrivedAtMs }) => arrivedAtMs >= call.fromMs && arrivedAtMs <= call.toMs,
      );
      const about = `${row.about}: ${LINE_DELAY_MS} ms one way, ${LINE_LOSS * 100} % of the packets lost`;
      await writeTrace(join(traces, `${row.name}.json`), traceOf(about, arrivals));
    }
  }
  tableOf(all, context);
  const isUsual = !options.has('edge-congestion-control') && !options.has('edge-kernel');
  if (full && isUsual && all.length === ROWS.length && stage.network.lines.ear.loss !== undefined) {
    const date = new Date().toISOString().slice(0, 10);
    const minutes = talkMs / 60_000;
    await writeDocs(
      all,
      `${date}, ${availableParallelism()} cores, Node ${process.versions.node}, ${minutes} minutes of speech a row:`,
    );
  }
  // Every single delay is for the picture.
  const rows = all.map(({ delays: _, ...figures }) => figures);
  return { ...checks.outcome, means: stage.network.means, pieceMs: PIECE_MS, rows };
};

const inFolder = async (context: RunContext, folder: string): Promise<RunOutcome> => {
  const speech = await speechFile({ seconds: SPEECH_SECONDS, voice: 1 });
  const silenceFile = join(folder, 'silence.wav');
  writeSilence(silenceFile);
  const certificateFile = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  const { options } = context;
  const edgeKernel = kernelSettings(options.get('edge-kernel'));
  const edgeCongestionControl = options.get('edge-congestion-control');
  const means = options.get('means') === 'proxies' ? 'proxies' : undefined;
  return withCallNetwork({ means, edgeKernel, edgeCongestionControl }, async (network) => {
    context.say(`mouth and ear are joined to the edge by ${network.means}`);
    if (network.lines.ear.loss === undefined) {
      context.say(
        'NOT MEASURED: loss. Proxies lose no packets: the rows with bad lines show their delay alone.',
      );
    }
    const trustedKey = await makeCertificate(certificateFile, keyFile, network.edgeAddresses);
    const service = serve(['--guests'], {
      env: {
        HOST: '0.0.0.0',
        PORT: String(PORT),
        PARTYLINE_TLS_CERT: certificateFile,
        PARTYLINE_TLS_KEY: keyFile,
      },
      launcher: network.enter('edge'),
    });
    return withProgram(service, async () => {
      const [, opsUrl] = await service.prints(/(http:\S+)\/metrics/, 30_000);
      const stage: Stage = {
        network,
        port: PORT,
        opsUrl: opsUrl!,
        trustedKey,
        speechFile: speech.path,
        silenceFile,
      };
      return measure(context, stage);
    });
  });
};

/** From mouth to ear over lines as bad as people have. */
export const run: NamedRun = {
  name: 'mouth-to-ear',
  about:
    'From one Chromium to another, in the sound that is played: on one machine, and over lines of 40 ms that lose 3 % of the packets (--only ROW,ROW; --seconds N; --traces FOLDER; --edge-congestion-control NAME; --edge-kernel NAME=VALUE,…).',
  floor: ROWS.map(({ name, floorMs }) => `${name} ${floorMs} ms`).join(', '),
  aim: ROWS.map(({ name, aimMs }) => `${name} ${aimMs} ms`).join(', '),
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-mouth-to-ear-'));
    try {
      return await inFolder(context, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
