import type { StreamId } from '@partyline/protocol';
import { JOIN_BARRIER_RETRIES_MS } from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import { JoinBarrier } from './join-barrier.ts';
import { hasListener, OwnPart } from './own-part.ts';
import { pagesOf } from './part.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { PeerSender } from './peer-sender.ts';
import type { RoomPeer } from './room-peer.ts';

/** A part is asked for, and an asking peer answered, at most this often, in ms. */
const ASK_EVERY_MS = 200;
const ANSWER_EVERY_MS = 100;
/** A greeting that comes again sooner than this, or within the round trip, was repeated before the answer could come. */
const ANSWER_GREETING_EVERY_MS = 40;
/** A greeting that names more participants is not repeated before an answer can have come. */
const SMALL_PART = 16;
/** What the barrier waits for beside peers, by their boots. */
const REGISTRY = 'registry';

export interface PartExchangeServices {
  clock: { now(): number };
  counters: PeerCounters;
  sender: PeerSender;
}

/** Tells the peers of one room this edge's part of it, and asks for theirs. */
export class PartExchange {
  readonly #room: Room;
  readonly #peers: ReadonlyMap<string, RoomPeer>;
  readonly #services: PartExchangeServices;
  readonly #own: OwnPart;
  #barrier: JoinBarrier | undefined;
  #acks = 0;

  constructor(
    room: Room,
    peers: ReadonlyMap<string, RoomPeer>,
    firstVersion: number,
    services: PartExchangeServices,
  ) {
    this.#room = room;
    this.#peers = peers;
    this.#services = services;
    this.#own = new OwnPart(room, firstVersion);
  }

  get version(): number {
    return this.#own.version;
  }

  /** Whether peers may use the room's channel to reach this edge. */
  set channel(subscribed: boolean) {
    this.#own.channel = subscribed;
  }

  touch(streamId: StreamId, moved: boolean): void {
    this.#own.touch(streamId, moved);
  }

  /** The room has just been opened: `ready` waits for the registry, and then for the peers it names. */
  open(): void {
    this.#openBarrier().expect(REGISTRY);
  }

  /** The registry has answered, or could not, and whoever it named was greeted. */
  registryAnswered(): void {
    this.#barrier?.answered(REGISTRY);
  }

  /** What `ready` is to wait for; undefined when every peer knows that somebody listens here. */
  joined(): Promise<void> | undefined {
    if (!this.#own.interested && hasListener(this.#room)) {
      const peers = [...this.#peers.values()].filter(({ peer, told }) => told && !peer.silent);
      if (peers.length > 0) this.#openBarrier();
      for (const at of peers) this.greet(at);
    }
    return this.#barrier?.done;
  }

  /** Tells a peer the whole part and wants its part as the answer. */
  greet(at: RoomPeer): void {
    at.ack = `${++this.#acks}`;
    this.#barrier?.expect(at.peer.boot);
    this.tell(at, { ack: at.ack });
    this.#repeat(at, 0);
  }

  /** Answers a peer's greeting by the whole part. */
  answerGreeting(at: RoomPeer, ack: string, nowMs: number): void {
    const underWayMs = Math.max(ANSWER_GREETING_EVERY_MS, at.peer.clock.roundTripMs ?? 0);
    if (ack === at.answeredAck && nowMs - at.answeredAckAtMs < underWayMs) return;
    at.answeredAck = ack;
    at.answeredAckAtMs = nowMs;
    this.tell(at, { answer: ack });
  }

  /** Tells the whole part; first what has changed, for a whole part is one of the version that was told last. */
  tell(at: RoomPeer, marks: { ack?: string; answer?: string } = {}): void {
    this.flush();
    this.#tellWhole(at, marks);
  }

  /** The peer has answered a greeting. */
  answered(at: RoomPeer, answer: string): void {
    if (answer !== at.ack) return;
    at.ack = undefined;
    clearTimeout(at.repetition);
    this.#barrier?.answered(at.peer.boot);
  }

  /** The peer is none of this room any more. */
  forget(at: RoomPeer): void {
    clearTimeout(at.repetition);
    this.#barrier?.answered(at.peer.boot);
  }

  ask(at: RoomPeer, nowMs: number): void {
    if (nowMs - at.askedAtMs < ASK_EVERY_MS) return;
    at.askedAtMs = nowMs;
    this.#services.counters.asks += 1;
    this.#services.sender.send([at.peer], { type: 'ask', room: this.#room.name });
  }

  answerAsk(at: RoomPeer, nowMs: number): void {
    if (nowMs - at.answeredAtMs < ANSWER_EVERY_MS) return;
    at.answeredAtMs = nowMs;
    this.tell(at);
  }

  /** Tells those who know the part what has changed. */
  flush(): void {
    const { clock, counters, sender } = this.#services;
    do {
      const change = this.#own.take(clock.now());
      if (change === undefined) break;
      counters.changes += 1;
      const told = [...this.#peers.values()].filter((at) => at.told);
      if (told.length === 0) continue;
      const peers = told.map(({ peer }) => peer);
      // A change that is too large for one message is told as the whole, which has pages.
      if (!sender.send(peers, change)) for (const at of told) this.#tellWhole(at, {});
    } while (this.#own.pending);
  }

  close(): void {
    for (const { repetition } of this.#peers.values()) clearTimeout(repetition);
    this.#barrier?.end();
  }

  #tellWhole(at: RoomPeer, marks: { ack?: string; answer?: string }): void {
    const { clock, counters, sender } = this.#services;
    counters.wholeParts += 1;
    at.told = true;
    for (const page of pagesOf(this.#own.whole(clock.now()), marks)) sender.send([at.peer], page);
  }

  #openBarrier(): JoinBarrier {
    const { counters } = this.#services;
    if (this.#barrier !== undefined) return this.#barrier;
    counters.barriers += 1;
    this.#barrier = new JoinBarrier((unanswered) => {
      this.#barrier = undefined;
      if (unanswered > 0) counters.barrierTimeouts += 1;
    });
    return this.#barrier;
  }

  /** Greets again until it is answered; times count from the greeting. */
  #repeat(at: RoomPeer, step: number): void {
    const afterMs = JOIN_BARRIER_RETRIES_MS[step];
    clearTimeout(at.repetition);
    if (afterMs === undefined) return;
    at.repetition = setTimeout(
      () => {
        const mayBeAnswered = afterMs > (at.peer.clock.roundTripMs ?? 0);
        if (at.ack !== undefined && (mayBeAnswered || this.#own.size <= SMALL_PART)) {
          this.#services.counters.barrierRetries += 1;
          this.tell(at, { ack: at.ack });
        }
        this.#repeat(at, step + 1);
      },
      afterMs - (JOIN_BARRIER_RETRIES_MS[step - 1] ?? 0),
    );
  }
}
