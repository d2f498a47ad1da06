import { mintAccessToken } from '@partyline/tokens';
import type { CommandContext } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { GrantName } from '../option-values.ts';

export interface TokenOptions {
  room?: string;
  identity?: string;
  keyId: string;
  secret?: string;
  grants?: Record<GrantName, boolean>;
  ttl: number;
  admin?: boolean;
  name?: string;
}

/** Mints an access token, as an application's backend does; asks no service. */
export const token = async (options: TokenOptions, context: CommandContext): Promise<void> => {
  const secret = options.secret ?? context.env.PARTYLINE_API_SECRET;
  if (secret === undefined || secret === '') {
    throw new CommandError(EXIT.usage, 'Give the API secret with --secret or in PARTYLINE_API_SECRET.');
  }
  if (options.admin !== true && (options.room === undefined || options.identity === undefined)) {
    throw new CommandError(EXIT.usage, 'Give --room and --identity, or --admin for the whole admin API.');
  }
  let minted: string;
  try {
    minted = await mintAccessToken({
      keyId: options.keyId,
      secret,
      ttlSeconds: options.ttl,
      ...(options.room === undefined ? {} : { room: options.room }),
      ...(options.identity === undefined ? {} : { identity: options.identity }),
      ...(options.grants === undefined ? {} : { grants: options.grants }),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.admin === true ? { admin: true } : {}),
    });
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error));
  }
  context.output.result(minted);
};
