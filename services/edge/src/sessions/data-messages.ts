import {
  type ClientMessageOf,
  type EdgeMessageOf,
  encodeControl,
  type Identity,
  MAX_DATA_BYTES,
} from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { Session } from './session.ts';

/** Where data goes beside this edge: undefined when nobody else is to be asked. */
export interface DataPeers {
  sendData(
    room: Room,
    data: EdgeMessageOf<'data'>,
    to: readonly string[] | undefined,
  ): Promise<number> | undefined;
}

/** Passes on chat and data messages: at most once, and the sender is told to how many. */
export class DataMessages {
  readonly #counters: EdgeCounters;
  readonly #peers: DataPeers | undefined;

  constructor(counters: EdgeCounters, peers?: DataPeers) {
    this.#counters = counters;
    this.#peers = peers;
  }

  handle(
    session: Session,
    member: Member,
    room: Room,
    message: ClientMessageOf<'data'>,
    nowMs: number,
  ): void {
    const { to } = message;
    if (!session.data!.take(1, nowMs)) {
      this.#counters.dataDrops += 1;
      session.overRate(nowMs);
      session.complain('data_rate', 'You send data messages too fast: at most 20 a second.');
      return;
    }
    if (message.bytes !== undefined && decodedLength(message.bytes) > MAX_DATA_BYTES) {
      this.#counters.dataDrops += 1;
      session.complain('data_too_large', `A data message holds at most ${MAX_DATA_BYTES} bytes.`);
      return;
    }
    if (to !== undefined && !member.grants.direct) {
      this.#counters.dataDrops += 1;
      session.complain(
        'no_direct_grant',
        'Your token has no direct grant: leave out "to" to reach the whole room.',
      );
      return;
    }
    const passed = passedOn(member, message);
    const text = encodeControl(passed);
    const here = to === undefined ? toAll(session, room, text) : toSome(session, room, to, text);
    this.#counters.dataMessages += 1;
    const elsewhere = this.#elsewhere(room, passed, to);
    if (elsewhere === undefined) session.send({ type: 'dataAck', id: message.id, recipients: here });
    else void elsewhere.then((there) => acknowledge(session, message.id, here + there));
  }

  /** Other edges are asked for those who are not connected here. */
  #elsewhere(
    room: Room,
    passed: EdgeMessageOf<'data'>,
    to: readonly string[] | undefined,
  ): Promise<number> | undefined {
    if (this.#peers === undefined) return undefined;
    const away = to?.filter((identity) => room.identities.get(identity as Identity)?.session === undefined);
    return away?.length === 0 ? undefined : this.#peers.sendData(room, passed, away);
  }
}

const passedOn = (member: Member, message: ClientMessageOf<'data'>): EdgeMessageOf<'data'> => ({
  type: 'data',
  id: message.id,
  ...(message.label === undefined ? {} : { label: message.label }),
  ...(message.text === undefined ? { bytes: message.bytes! } : { text: message.text }),
  from: member.identity,
  streamId: member.streamId,
  direct: message.to !== undefined,
});

const acknowledge = (session: Session, id: number, recipients: number): void => {
  if (session.phase === 'joined') session.send({ type: 'dataAck', id, recipients });
};

const toAll = (session: Session, room: Room, text: string): number => {
  session.connection.publishText(room.controlTopic, text);
  let recipients = 0;
  for (const other of room.members.values()) {
    if (other.session !== undefined && other.session !== session) recipients += 1;
  }
  return recipients;
};

const toSome = (session: Session, room: Room, to: readonly string[], text: string): number => {
  let recipients = 0;
  for (const identity of new Set(to)) {
    const other = room.identities.get(identity as Identity)?.session;
    if (other !== undefined && other !== session && other.connection.sendText(text)) recipients += 1;
  }
  return recipients;
};

const decodedLength = (base64: string): number =>
  (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
