import type { ErrorCode, PartylineError } from '@partyline/client';
import { strings } from './strings.ts';

/** Where the page is, as far as it matters for what to advise. */
export interface Surroundings {
  /** The page's own address over https. */
  secureUrl: string;
}

type Words = (error: PartylineError, surroundings: Surroundings) => string;

/** What to say about each code of the SDK: a code that is missing here does not compile. */
const words: Readonly<Record<ErrorCode, Words>> = {
  invalid_option: ({ message }) => strings.problems.unexpected(message),
  no_secure_context: (_, { secureUrl }) => strings.problems.insecure(secureUrl),
  microphone_refused: () => strings.problems.microphoneRefused,
  // The browser's own error tells "there is none" from "something else holds it".
  microphone_unavailable: ({ cause }) =>
    cause instanceof Error && cause.name === 'NotReadableError'
      ? strings.problems.microphoneBusy
      : strings.problems.microphoneMissing,
  loudspeaker_unavailable: () => strings.problems.loudspeakerMissing,
  unsupported_browser: () => strings.problems.unsupported,
  unreachable: () => strings.problems.unreachable,
  timeout: () => strings.problems.unreachable,
  join_refused: ({ message }) => strings.problems.refused(message),
  not_allowed: () => strings.problems.notAllowed,
  room_full: () => strings.problems.full,
  rate_limited: ({ retryAfterMs }) =>
    retryAfterMs === undefined ? strings.problems.busy : strings.problems.busyFor(waitOf(retryAfterMs)),
  service_failed: () => strings.problems.serviceFailed,
  edge_gone: () => strings.problems.lost,
  moderation_refused: ({ message }) => strings.problems.moderationRefused(message),
  removed: ({ reason, retryAfterMs }) =>
    retryAfterMs !== undefined
      ? strings.problems.removedFor(waitOf(retryAfterMs))
      : reason !== undefined
        ? strings.problems.removedBecause(reason)
        : strings.problems.removed,
  replaced: () => strings.problems.replaced,
  room_closed: () => strings.problems.roomClosed,
  protocol_error: () => strings.problems.protocol,
  not_connected: () => strings.problems.notConnected,
  aborted: ({ message }) => strings.problems.unexpected(message),
  no_common_codec: () => strings.problems.noCommonCodec,
  codec_failed: () => strings.problems.codec,
};

/** A failure in words that say what to do about it. */
export function describeProblem(error: unknown, surroundings: Surroundings): string {
  if (!isPartylineError(error))
    return strings.problems.unexpected(error instanceof Error ? error.message : String(error));
  return ofService(error.problem) ?? words[error.code](error, surroundings);
}

/** What the service said by its own code, which is finer than the SDK's. */
function ofService(problem: string | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const { service } = strings.problems;
  if (Object.hasOwn(service, problem)) return service[problem as keyof typeof service];
  return problem.startsWith('token_') ? service.token_invalid : undefined;
}

/** Whether the access token is at fault, so that another one would help. */
export function isAboutToken(error: unknown): boolean {
  return isPartylineError(error) && error.problem !== undefined && /^token_|_in_token$/.test(error.problem);
}

function waitOf(ms: number): string {
  return strings.format.duration(Math.max(1, Math.ceil(ms / 1_000)));
}

/** By shape, not by class: the bundle's class is not that of a test. */
function isPartylineError(error: unknown): error is PartylineError {
  return error instanceof Error && error.name === 'PartylineError' && 'code' in error && isCode(error.code);
}

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(words, code);
