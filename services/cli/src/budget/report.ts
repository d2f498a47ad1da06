import type { Budget } from './budget.ts';
import { CLIENT_CPU_SOURCE, type ClientCpu } from './client-cpu.ts';
import { EDGE_COSTS_SOURCE } from './edge-cpu.ts';
import type { Layers } from './wire.ts';

const kbits = (bps: number): string => (bps / 1_000).toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
const number = (value: number): string => value.toFixed(value < 100 && !Number.isInteger(value) ? 1 : 0);

const LAYERS: readonly [keyof Layers, string][] = [
  ['payloadBps', 'voice'],
  ['frameHeaderBps', 'frame headers, 16 bytes'],
  ['messageHeaderBps', 'message headers, 16 bytes'],
  ['controlBps', 'control messages'],
  ['webSocketBps', 'WebSocket (RFC 6455)'],
  ['tlsBps', 'TLS 1.3 (RFC 8446)'],
  ['tcpIpBps', 'TCP/IPv4, 52 bytes a segment'],
  ['acknowledgementBps', 'TCP acknowledgements alone'],
  ['totalBps', 'all, kbit/s'],
];
const COUNTS: readonly [keyof Layers, string][] = [
  ['framesPerSecond', 'frames/s'],
  ['messagesPerSecond', 'media messages/s'],
  ['controlPerSecond', 'control messages/s'],
  ['segmentsPerSecond', 'packets with data/s'],
  ['acknowledgementsPerSecond', 'packets without/s'],
];

/** Lines of cells: the first column to the left, figures to the right, and words after them to the left again. */
const aligned = (rows: readonly (readonly string[])[], figures: number): string[] => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const place = (cell: string, column: number): string =>
    column >= 1 && column <= figures ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(place).join('  ').trimEnd());
};

const cpuLine = (who: string, { encode, decode, resample }: ClientCpu): string =>
  `  ${who}: encoding ${percent(encode)}, decoding ${percent(decode)}, resampling ${percent(resample)}`;

/** A budget as people read it. */
export const describeBudget = (budget: Budget): string => {
  const { codec, frameMs, payloadBytes, codecRateBps, participants, talkers, tls, traffic, cpu, delay } =
    budget;
  const { talker, listener, edge, forwarded, framesPerMessage } = traffic;
  const columns = [talker.up, talker.down, listener.up, listener.down, edge.up, edge.down];
  const overhead = columns.map(({ payloadBps, totalBps }) =>
    totalBps === 0 ? '–' : percent(1 - payloadBps / totalBps),
  );
  const table = aligned(
    [
      ['', 'talker up', 'down', 'listener up', 'down', 'edge in', 'out'],
      ...LAYERS.map(([key, name]) => [name, ...columns.map((layers) => kbits(layers[key]))]),
      ['not voice', ...overhead],
      ...COUNTS.map(([key, name]) => [name, ...columns.map((layers) => number(layers[key]))]),
    ],
    columns.length,
  );
  const together =
    framesPerMessage === 1 ? '' : `, ${framesPerMessage.toFixed(2)} frames in a message on average`;
  const parts = aligned(
    delay.parts.map(({ part, ms, why }) => [`  ${part}`, ms.toFixed(1), why]),
    1,
  );
  const spare =
    delay.spareMs >= 0
      ? `${delay.spareMs.toFixed(0)} ms to spare`
      : `${(-delay.spareMs).toFixed(0)} ms over it`;
  return [
    `${codec}: ${kbits(codecRateBps)} kbit/s, frames of ${frameMs} ms with ${number(payloadBytes)} bytes, ${number(1_000 / frameMs)} a second.`,
    `${participants} participants, ${talkers} talking, ${forwarded} forwarded${together}; ${tls ? 'by TLS' : 'without TLS'}.`,
    '',
    ...table,
    '',
    `Edge: ${percent(cpu.edge)} of a core (${EDGE_COSTS_SOURCE}).`,
    `Clients, of a core (${CLIENT_CPU_SOURCE}):`,
    cpuLine('talker', cpu.talker),
    cpuLine('listener', cpu.listener),
    '',
    'From mouth to ear, ms:',
    ...parts,
    `  ${delay.totalMs.toFixed(0)} ms of the ${delay.limitMs} that ITU-T G.114 gives a conversation: ${delay.verdict}, ${spare}.`,
  ].join('\n');
};
