import { type EdgeMessageOf, encodeControl, type Identity } from '@partyline/protocol';
import { DATA_ANSWER_MS, MAX_DATA_WAITING } from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import type { Peer } from './peer.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { PeerContentOf } from './peer-message.ts';
import type { PeerSender } from './peer-sender.ts';
import type { RoomPeers } from './room-peers.ts';

type DataMessage = EdgeMessageOf<'data'>;

interface Waiting {
  /** By boot: who has not answered yet. */
  readonly from: Set<string>;
  recipients: number;
  end(): void;
}

/** Chat and data between edges, at most once: each edge that holds the room delivers and says to how many. */
export class PeerData {
  readonly #sender: PeerSender;
  readonly #counters: PeerCounters;
  readonly #waiting = new Map<string, Waiting>();
  #ids = 0;

  constructor(services: { sender: PeerSender; counters: PeerCounters }) {
    this.#sender = services.sender;
    this.#counters = services.counters;
  }

  /**
   * Sends a message of a participant here to the room's other edges.
   * @param to identities that are not here; undefined for the whole room
   * @returns to how many they handed it, within half a second; undefined when there is nobody to ask
   */
  send(room: RoomPeers, data: DataMessage, to: readonly string[] | undefined): Promise<number> | undefined {
    const peers = peersFor(room, to);
    if (peers.length === 0) return undefined;
    const id = `${++this.#ids}`;
    this.#counters.dataSent += 1;
    // A silent peer gets it as well, but an answer of it is not to be expected.
    const answering = peers.filter(({ silent }) => !silent);
    const waits = answering.length > 0 && this.#waiting.size < MAX_DATA_WAITING;
    const answers = waits ? this.#wait(id, answering) : undefined;
    this.#counters.dataUnanswered += waits ? peers.length - answering.length : peers.length;
    this.#sender.send(peers, { type: 'data', room: room.room.name, id, data, ...(to && { to: [...to] }) });
    return answers;
  }

  /** A peer's message, to be delivered here. */
  received(peer: Peer, room: Room | undefined, { id, data, to }: PeerContentOf<'data'>): void {
    this.#counters.dataReceived += 1;
    const recipients = room === undefined ? 0 : deliver(room, data, to);
    this.#sender.send([peer], { type: 'dataDelivered', id, recipients });
  }

  /** A peer has said to how many it handed a message. */
  delivered(peer: Peer, { id, recipients }: PeerContentOf<'dataDelivered'>): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || !waiting.from.delete(peer.boot)) return;
    waiting.recipients += recipients;
    if (waiting.from.size === 0) waiting.end();
  }

  stop(): void {
    for (const waiting of [...this.#waiting.values()]) waiting.end();
  }

  #wait(id: string, peers: readonly Peer[]): Promise<number> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.end(), DATA_ANSWER_MS);
      const waiting: Waiting = {
        from: new Set(peers.map(({ boot }) => boot)),
        recipients: 0,
        end: () => {
          clearTimeout(timer);
          this.#waiting.delete(id);
          this.#counters.dataUnanswered += waiting.from.size;
          resolve(waiting.recipients);
        },
      };
      this.#waiting.set(id, waiting);
    });
  }
}

/** Where these identities are, and everywhere if that is not known of one, or nobody is named. */
const peersFor = (room: RoomPeers, to: readonly string[] | undefined): Peer[] => {
  const known = to && room.roster.edgesOf(new Set(to));
  return [...(known ?? room.peers.values())].map(({ peer }) => peer);
};

const deliver = (room: Room, data: DataMessage, to: readonly string[] | undefined): number => {
  let recipients = 0;
  if (to === undefined) {
    room.broadcast(data);
    for (const { session } of room.members.values()) if (session !== undefined) recipients += 1;
    return recipients;
  }
  const text = encodeControl(data);
  for (const identity of new Set(to)) {
    const session = room.identities.get(identity as Identity)?.session;
    if (session?.connection.sendText(text)) recipients += 1;
  }
  return recipients;
};
