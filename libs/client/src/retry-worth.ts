import { CLOSE } from '@partyline/protocol';
import type { PartylineError } from './errors.ts';

/** Whether a code of the edge's says that this session is over for good. */
export const isFinal = (error: PartylineError): boolean =>
  error.closeCode !== undefined &&
  error.closeCode >= 4000 &&
  error.closeCode < 4100 &&
  error.closeCode !== CLOSE.ticketRefused;

/** Refusals that another try would only meet again. */
const HOPELESS_CODES = new Set(['invalid_option', 'join_refused', 'not_allowed', 'removed', 'aborted']);
/** A newer ticket, which the next join gives, may do where an older one was used up or overtaken. */
const CURED_BY_JOINING = new Set<number | undefined>([CLOSE.ticketRefused, CLOSE.superseded]);

/** Whether somebody who was in the room before need not try to come back. */
export const isHopeless = (error: PartylineError): boolean =>
  (isFinal(error) || HOPELESS_CODES.has(error.code)) && !CURED_BY_JOINING.has(error.closeCode);

/** Errors after which another edge, or the same one later, may still work. */
export const mayWorkElsewhere = (error: PartylineError): boolean =>
  !isFinal(error) && error.code !== 'aborted';

/** Errors after which this edge is not worth another try soon: it cannot be reached, is going away, or is full. */
export const isNoUse = ({ code, closeCode }: PartylineError): boolean =>
  code === 'unreachable' || code === 'timeout' || closeCode === CLOSE.goingAway || closeCode === CLOSE.full;
