import { RegistryError } from '../registry.ts';

/** First words of answers that say that Redis cannot do it now, as opposed to a mistake in a script. */
const AWAY =
  /^(ASK|BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNKILLABLE|WRONGPASS)\b/;
/** A slot that is being moved away; nothing was written yet, as every key that is written is named beforehand. */
const MOVING = /non local key in a cluster node/;

/**
 * What a failed command means: {@link RegistryError} `unavailable` for whatever may pass by itself; the error as it
 * is for what will not, which is a mistake of ours and must be seen.
 */
export const failureOf = (error: unknown, region: string): unknown => {
  if (error instanceof RegistryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const isAnswer = error instanceof Error && error.name === 'ReplyError';
  if (isAnswer && !AWAY.test(message) && !MOVING.test(message)) return error;
  return unavailable(region, message, error);
};

export const unavailable = (region: string, reason: string, cause?: unknown): RegistryError => {
  const error = new RegistryError(
    'unavailable',
    `The state of region ${region} cannot be reached now: ${reason.replace(/\.$/, '')}.`,
  );
  if (cause !== undefined) error.cause = cause;
  return error;
};
