import { pino } from 'pino';
import { readableLines } from './readable-lines.ts';
import { activeSpans } from './tracing/span.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/** What code logs through: pino's way of calling, fields first, message second. */
export interface Logger {
  debug(message: string): void;
  debug(fields: object, message: string): void;
  info(message: string): void;
  info(fields: object, message: string): void;
  warn(message: string): void;
  warn(fields: object, message: string): void;
  error(message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds fields to every line. */
  child(fields: object): Logger;
}

export interface LoggerOptions {
  level: LogLevel;
  /** Which program speaks. */
  name: string;
  /** One readable line an event instead of JSON, if the output is a terminal. */
  pretty?: boolean;
  /** With tracing on: lines written within a span name it, as `traceId` and `spanId`. */
  traceIds?: boolean;
  /** Where lines go; standard output unless given. */
  output?: { write(line: string): unknown; readonly isTTY?: boolean };
}

/** Fields that never reach a log, wherever they stand up to two levels deep. */
const secretFields = [
  'token',
  'accessToken',
  'ticket',
  'authorization',
  'Authorization',
  'cookie',
  'secret',
  'apiSecret',
  'password',
  'privateKey',
  'address',
  'remoteAddress',
  'ip',
];

/**
 * A logger that writes one JSON object a line and leaves out secrets and people's addresses. Messages are not
 * searched for secrets: put what could be one into a field.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, name, pretty = false, traceIds = false, output = process.stdout } = options;
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[redacted]' },
      ...(traceIds && { mixin: () => ({ ...activeSpans.getStore()?.ids }) }),
    },
    pretty && output.isTTY ? readableLines(output) : output,
  );
}
