import { AudioFileError } from '@partyline/audio/node';
import { type ErrorCode, PartylineError } from '@partyline/client';
import { CommanderError } from 'commander';

/** How the command ends; `partyline --help` lists them. */
export const EXIT = {
  ok: 0,
  /** Something broke on the way, or a file is no good. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The service cannot be reached. */
  unreachable: 3,
  /** The service was reached and said no. */
  refused: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that is already worded for whoever typed the command. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  invalid_option: EXIT.usage,
  unreachable: EXIT.unreachable,
  timeout: EXIT.unreachable,
  edge_gone: EXIT.unreachable,
  join_refused: EXIT.refused,
  not_allowed: EXIT.refused,
  moderation_refused: EXIT.refused,
  room_full: EXIT.refused,
  rate_limited: EXIT.refused,
  removed: EXIT.refused,
  replaced: EXIT.refused,
  room_closed: EXIT.refused,
};

/** Node's names for a certificate that nobody it trusts has signed. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** One line and an exit code for whatever was thrown. */
export const describeFailure = (error: unknown): { exitCode: ExitCode; line: string } => {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof CommandError) return { exitCode: error.exitCode, line: message };
  if (error instanceof CommanderError) return { exitCode: EXIT.usage, line: message.replace(/^error: /, '') };
  if (error instanceof AudioFileError) return { exitCode: EXIT.failed, line: message };
  if (error instanceof PartylineError) {
    return { exitCode: BY_CODE[error.code] ?? EXIT.failed, line: `${message}${adviceFor(error)}` };
  }
  return { exitCode: EXIT.failed, line: message };
};

const adviceFor = (error: PartylineError): string => {
  if (error.code === 'not_allowed' && error.status === 401) return ' Give an access token with --token.';
  if (error.code !== 'unreachable') return '';
  if (UNTRUSTED.test(error.message)) return ' Give --insecure to accept a self-signed certificate.';
  return ' Is the service running there? Give its address with --url.';
};

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();
