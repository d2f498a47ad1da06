import type { PartylineError } from '@partyline/client';
import { strings } from './strings.ts';

/** Where the page is, as far as it matters for what to advise. */
export interface Surroundings {
  /** The page's own address over https. */
  secureUrl: string;
}

/** A failure in words that say what to do about it. */
export function describeProblem(error: unknown, { secureUrl }: Surroundings): string {
  const { problems } = strings;
  if (!isPartylineError(error))
    return problems.unexpected(error instanceof Error ? error.message : String(error));
  switch (error.code) {
    case 'no_secure_context':
      return problems.insecure(secureUrl);
    case 'microphone_refused':
      return problems.microphoneRefused;
    case 'microphone_unavailable':
      // The browser's own error tells "there is none" from "something else holds it".
      return nameOf(error.cause) === 'NotReadableError'
        ? problems.microphoneBusy
        : problems.microphoneMissing;
    case 'unsupported_browser':
      return problems.unsupported;
    case 'unreachable':
    case 'timeout':
      return problems.unreachable;
    case 'room_full':
      return problems.full;
    case 'rate_limited':
      return problems.busy;
    case 'removed':
      return problems.removed;
    case 'replaced':
      return problems.replaced;
    case 'room_closed':
      return problems.roomClosed;
    case 'edge_gone':
      return problems.lost;
    case 'join_refused':
    case 'not_allowed':
      return problems.refused(error.message);
    default:
      return problems.unexpected(error.message);
  }
}

/** By shape, not by class: the bundle's class is not that of a test. */
function isPartylineError(error: unknown): error is PartylineError {
  return error instanceof Error && error.name === 'PartylineError' && 'code' in error;
}

function nameOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}
