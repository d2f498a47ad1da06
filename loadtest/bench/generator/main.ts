import { readTicketKey, TicketSigner } from '@partyline/tokens';
import type { Shape } from '../comparison/shape.ts';
import { answerCalls } from '../processes/child-calls.ts';
import { Crowd } from './crowd.ts';
import type { Target } from './side.ts';

/** The generator process: holds a crowd per server and does as it is told. */
const crowds = new Map<Target['kind'], Crowd>();
const crowd = (kind: Target['kind']): Crowd => {
  const found = crowds.get(kind);
  if (found === undefined) throw new Error(`nobody is connected to the ${kind} server`);
  return found;
};

export interface Gathering {
  target: Target;
  shape: Shape;
  /** PEM text of the Ed25519 key that signs tickets. */
  ticketKey: string;
}

answerCalls({
  gather: async ({ target, shape, ticketKey }: Gathering) => {
    const gathered = new Crowd(target, shape, new TicketSigner(readTicketKey(ticketKey)));
    crowds.set(target.kind, gathered);
    await gathered.gather();
  },
  talk: (kind: Target['kind']) => crowd(kind).talk(),
  open: (kind: Target['kind']) => crowd(kind).open(),
  close: (kind: Target['kind']) => crowd(kind).close(),
  hush: (kind: Target['kind']) => crowd(kind).hush(),
  report: (everyMs: number) => crowd('edge').report(everyMs),
  leave: (kind: Target['kind']) => {
    crowd(kind).end();
    crowds.delete(kind);
  },
});
