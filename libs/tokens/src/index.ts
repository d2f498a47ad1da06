export { type AccessTokenOptions, MIN_SECRET_BYTES, mintAccessToken } from '@partyline/backend';
export {
  type AccessTokenFault,
  type AccessTokenResult,
  AccessTokenVerifier,
  type ApiKey,
} from './access-token.ts';
export * from './claims.ts';
export { TokenKeyError, type TokenKeyErrorCode } from './errors.ts';
export { MAX_TOKEN_CHARS, TICKET_TYPE, tokenKind } from './signed-token.ts';
export {
  type SignedTicket,
  TICKET_GRACE_SECONDS,
  type TicketCheck,
  type TicketFault,
  type TicketResult,
  TicketSigner,
  TicketVerifier,
} from './ticket.ts';
export {
  generateTicketKey,
  readTicketKey,
  type TicketKeySet,
  type TicketPublicKey,
  ticketPublicKey,
} from './ticket-keys.ts';
