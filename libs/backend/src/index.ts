export {
  type AccessTokenGrants,
  type AccessTokenOptions,
  MAX_NAME_CHARS,
  MIN_SECRET_BYTES,
  mintAccessToken,
} from './access-token.ts';
export { BackendError, type BackendErrorCode } from './errors.ts';
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookFault,
  type WebhookHeaders,
  type WebhookResult,
} from './verify-webhook.ts';
export type {
  EdgeEvent,
  KnownWebhookEvent,
  ParticipantEvent,
  RoomEvent,
  RoomVersion,
  UnknownWebhookEvent,
  WebhookEvent,
  WebhookEventBase,
} from './webhook-event.ts';
export { MIN_WEBHOOK_SECRET_BYTES, SIGNATURE_HEADER, signWebhook } from './webhook-signature.ts';
