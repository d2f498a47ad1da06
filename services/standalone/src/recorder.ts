import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { nodeNetwork } from '@partyline/client/node';
import { Recorder, type RecorderConfig } from '@partyline/recorder';
import { openPlace } from '@partyline/recording';
import type { Clock } from '@partyline/runtime';
import type { Logger, Metrics } from '@partyline/telemetry';
import { mintAccessToken } from '@partyline/tokens';

/** An API key of this process's own, made anew with each start and known to nobody else. */
export interface OwnKey {
  id: string;
  secret: string;
}

export const makeOwnKey = (): OwnKey => ({
  id: `recorder-${randomUUID()}`,
  secret: randomBytes(32).toString('base64url'),
});

/** A recorder in the same process: it joins rooms by the port that everybody joins by. */
export const createOwnRecorder = (
  config: RecorderConfig,
  {
    key,
    url,
    secure,
    ...deps
  }: {
    key: OwnKey;
    /** Known once the port is open. */
    url: () => string;
    /** By TLS, perhaps with a certificate of its own making: it is this very process that is talked to. */
    secure: boolean;
    log: Logger;
    metrics: Metrics;
    clock: Clock;
  },
): Recorder =>
  new Recorder(config, {
    ...deps,
    id: config.id ?? hostname(),
    place: openPlace(config.place, config),
    admittance: {
      url,
      token: (room, identity) =>
        mintAccessToken({
          keyId: key.id,
          secret: key.secret,
          room,
          identity,
          grants: { publish: false, subscribe: true, hidden: true, direct: false },
        }),
      network: nodeNetwork({ insecure: secure }),
    },
  });
