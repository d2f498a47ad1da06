import type { CommandContext, ServiceOptions } from '../context.ts';
import { askApi, notPartyline } from '../directory-api.ts';

export interface RemoveCommandOptions extends ServiceOptions {
  /** How long joining is refused; as long as a ticket can live unless given. */
  for?: number;
  reason?: string;
}

/** As the API answers every act. */
interface Outcome {
  applied: 'edge' | 'state' | 'pending';
  muted: boolean;
  /** Epoch ms; 0 when not removed. */
  removedUntil: number;
}

/** What became of it, beside that it is kept: the act outlives reconnects either way. */
const NOTES: Record<Outcome['applied'], string> = {
  edge: '',
  state: ' They are not connected now; it holds when they come.',
  pending: ' The edge has not answered yet; it is told again until it does.',
};

/** Mutes somebody for everybody, or takes that back. */
export const mute = async (
  room: string,
  identity: string,
  muted: boolean,
  options: ServiceOptions,
  context: CommandContext,
): Promise<void> => {
  const reply = await askApi(options, context, {
    method: 'POST',
    path: `${pathOf(room, identity)}/mute`,
    body: { muted },
  });
  tell(reply, options, context, ({ muted }) => `${identity} ${muted ? 'is muted' : 'may talk'} in ${room}.`);
};

/** Disconnects somebody, and keeps them out for a while. */
export const remove = async (
  room: string,
  identity: string,
  options: RemoveCommandOptions,
  context: CommandContext,
): Promise<void> => {
  const { for: seconds, reason } = options;
  const reply = await askApi(options, context, {
    method: 'DELETE',
    path: pathOf(room, identity),
    query: { seconds: seconds?.toString(), reason },
  });
  tell(reply, options, context, ({ removedUntil }) =>
    removedUntil === 0
      ? `${identity} is removed from ${room} and may come back at once.`
      : `${identity} is removed from ${room} until ${new Date(removedUntil).toISOString()}.`,
  );
};

const pathOf = (room: string, identity: string): string =>
  `v1/rooms/${encodeURIComponent(room)}/participants/${encodeURIComponent(identity)}`;

const tell = (
  reply: Record<string, unknown>,
  options: ServiceOptions,
  { output }: CommandContext,
  sentence: (outcome: Outcome) => string,
): void => {
  if (!isOutcome(reply)) throw notPartyline(options);
  output.result(options.json === true ? JSON.stringify(reply) : `${sentence(reply)}${NOTES[reply.applied]}`);
};

const isOutcome = (reply: object): reply is Outcome & Record<string, unknown> => {
  const { applied, muted, removedUntil } = reply as Partial<Outcome>;
  return (
    typeof applied === 'string' &&
    Object.hasOwn(NOTES, applied) &&
    typeof muted === 'boolean' &&
    typeof removedUntil === 'number'
  );
};
