import type { EdgeMessage, EdgeMessageOf } from '@partyline/protocol';
import { Admission } from './admission.ts';
import { type ClusterClock, localClock } from './clock.ts';
import { ClockSync } from './clock-sync.ts';
import { Connection } from './connection.ts';
import { DataChannel } from './data-channel.ts';
import { Downlink } from './downlink.ts';
import type { EdgeLink } from './edge-link.ts';
import { Emitter, type Unsubscribe } from './emitter.ts';
import { PartylineError } from './errors.ts';
import type { JoinRoomOptions } from './options.ts';
import { Readiness } from './readiness.ts';
import { Rhythm } from './rhythm.ts';
import type {
  ActiveSpeaker,
  OutgoingData,
  OutgoingFrame,
  Participant,
  Room,
  RoomEvents,
  RoomState,
  SubscriptionMode,
} from './room-types.ts';
import { Roster } from './roster.ts';
import { Statistics } from './statistics.ts';
import type { PlayoutReading, RoomStats } from './stats.ts';
import { Subscriptions } from './subscriptions.ts';
import { defaultNetwork } from './transport.ts';
import { Uplink } from './uplink.ts';

const JOIN_TIMEOUT_MS = 10_000;
const UPLINK_DEADLINE_MS = 200;

/** Wires connection, uplink, downlink, clock and roster into a {@link Room}; each does its own work. */
export class LiveRoom implements Room {
  readonly name: string;
  readonly clock: ClusterClock;
  readonly #options: JoinRoomOptions;
  readonly #events = new Emitter<RoomEvents>();
  readonly #clockSync: ClockSync;
  readonly #connection: Connection;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #roster = new Roster();
  readonly #data = new DataChannel();
  readonly #statistics: Statistics;
  readonly #rhythm: Rhythm;
  readonly #subscriptions = new Subscriptions();
  readonly #readiness = new Readiness();
  #welcome: EdgeMessageOf<'welcome'> | undefined;
  #muted: boolean;
  #moderated = false;
  #echo = false;

  /** @throws PartylineError `invalid_option` */
  constructor(options: JoinRoomOptions) {
    this.#options = options;
    this.name = options.room;
    this.#muted = options.muted ?? false;
    const clock = options.clock ?? localClock;
    const network = options.network ?? defaultNetwork;
    this.#clockSync = new ClockSync(clock);
    this.clock = this.#clockSync;
    const deadlineMs = options.uplinkDeadlineMs ?? UPLINK_DEADLINE_MS;
    this.#uplink = new Uplink({ deadlineMs }, { local: clock, cluster: this.#clockSync });
    this.#downlink = new Downlink(this.#clockSync, {
      send: (message) => this.#connection.link?.send(message),
      frame: (frame) => this.#events.emit('frame', frame),
      identityOf: (streamId) => this.#roster.identityOf(streamId),
    });
    this.#connection = new Connection(new Admission(options, network, clock), () => this.#muted, {
      state: (state) => this.#stateChanged(state),
      welcomed: (welcome, link) => this.#welcomed(welcome, link),
      message: (message) => this.#message(message),
      media: (bytes) => this.#downlink.media(bytes),
    });
    this.#statistics = new Statistics({
      uplink: this.#uplink,
      downlink: this.#downlink,
      clock: this.#clockSync,
      identityOf: (streamId) => this.#roster.identityOf(streamId),
      reconnects: () => this.#connection.reconnects,
    });
    this.#rhythm = new Rhythm({
      ping: () => this.#ping(),
      report: () => {
        const report = this.#statistics.takeReport();
        if (report !== undefined) this.#connection.link?.send(report);
      },
      stats: () => {
        if (this.#events.has('stats')) this.#events.emit('stats', this.getStats());
      },
    });
  }

  /** The first join. @throws PartylineError why it failed */
  async join(): Promise<void> {
    const { signal } = this.#options;
    const abort = (): void =>
      this.#connection.end(new PartylineError('aborted', 'The caller gave the room up.'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.on('state', ({ phase }) => {
      if (phase === 'closed') signal?.removeEventListener('abort', abort);
    });
    await this.#connection.start(this.#options.timeoutMs ?? JOIN_TIMEOUT_MS);
  }

  get identity(): string {
    return this.#welcome?.identity ?? '';
  }

  get streamId(): number {
    return this.#welcome?.streamId ?? 0;
  }

  get state(): RoomState {
    return this.#connection.state;
  }

  get participants(): readonly Participant[] {
    return this.#roster.participants;
  }

  get listeners(): number {
    return this.#roster.listeners;
  }

  get speakers(): readonly ActiveSpeaker[] {
    return this.#roster.speakers;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get moderated(): boolean {
    return this.#moderated;
  }

  get canPublish(): boolean {
    return this.#welcome?.canPublish === true;
  }

  get canSubscribe(): boolean {
    return this.#welcome?.canSubscribe === true;
  }

  get echo(): boolean {
    return this.#echo;
  }

  on<Name extends keyof RoomEvents>(event: Name, listener: (value: RoomEvents[Name]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  whenReady(): Promise<void> {
    return this.#readiness.wait(() => this.#readyNow());
  }

  publishFrame(frame: OutgoingFrame): boolean {
    if (this.#muted || this.#moderated || !this.canPublish || this.state.phase === 'closed') {
      this.#uplink.pause();
      return false;
    }
    return this.#uplink.publish(frame);
  }

  setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#connection.link?.send({ type: 'mute', muted });
  }

  setEcho(enabled: boolean): void {
    if (enabled === this.#echo) return;
    this.#echo = enabled;
    this.#downlink.echo = enabled;
    this.#downlink.interrupted(this.streamId);
    this.#connection.link?.send({ type: 'echo', enabled });
  }

  subscribe(streamId: number, mode: SubscriptionMode): void {
    this.#subscriptions.set(streamId, mode);
    this.#downlink.interrupted(streamId);
    this.#connection.link?.send({ type: 'subscribe', streamId, mode });
  }

  sendData(data: OutgoingData): Promise<{ recipients: number }> {
    return this.#data.send(data, (message) => this.#connection.link?.send(message) ?? false);
  }

  getStats(): RoomStats {
    return this.#statistics.snapshot();
  }

  setPlayout(readings: (() => PlayoutReading[]) | undefined): void {
    this.#statistics.playout = readings;
  }

  leave(): Promise<void> {
    return this.#connection.leave();
  }

  #welcomed(welcome: EdgeMessageOf<'welcome'>, link: EdgeLink): void {
    this.#welcome = welcome;
    this.#clockSync.connected(welcome.edge);
    this.#clockSync.guess(link.helloAtMs, link.welcomeAtMs, welcome.time);
    this.#downlink.connect(welcome.streamId, welcome.ackMs);
    this.#uplink.connect(link, welcome.streamId);
    if (this.#echo) link.send({ type: 'echo', enabled: true });
    for (const [streamId, mode] of this.#subscriptions.all) link.send({ type: 'subscribe', streamId, mode });
    this.#rhythm.start(welcome.reportMs);
    this.#setModerated(welcome.moderated);
    this.#events.emit('participants', this.#roster.welcome(welcome));
  }

  #stateChanged(state: RoomState): void {
    if (state.phase === 'reconnecting' || state.phase === 'closed') {
      this.#rhythm.stop();
      this.#uplink.disconnect();
      this.#downlink.disconnect();
      this.#data.disconnected();
      if (this.#roster.speakers.length > 0) this.#speakers({ type: 'speakers', speakers: [] });
    }
    this.#readiness.check();
    this.#events.emit('state', state);
  }

  #message(message: EdgeMessage): void {
    switch (message.type) {
      case 'participants': {
        const change = this.#roster.change(message);
        for (const { streamId } of change.left) {
          this.#downlink.left(streamId);
          this.#subscriptions.delete(streamId);
        }
        this.#events.emit('participants', change);
        return;
      }
      case 'speakers':
        this.#speakers(message);
        return;
      case 'subscribed':
        this.#downlink.subscribed(message);
        return;
      case 'paused':
        this.#downlink.paused(message);
        return;
      case 'moderated':
        this.#setModerated(message.muted);
        return;
      case 'data':
        this.#events.emit('data', DataChannel.received(message));
        return;
      case 'dataAck':
        this.#data.acknowledged(message);
        return;
      case 'pong':
        this.#clockSync.sample(message.t0, message.t1, message.t2);
        this.#readiness.check();
        return;
      case 'error':
        if (!message.fatal) this.#events.emit('error', new PartylineError('protocol_error', message.message));
        return;
      default:
        // The connection itself acts on welcome, ready, ticket and heartbeat.
        return;
    }
  }

  #speakers(message: EdgeMessageOf<'speakers'>): void {
    const updated = this.#roster.speak(message);
    this.#events.emit('speakers', this.#roster.speakers);
    if (updated.length > 0) {
      const { participants, listeners } = this.#roster;
      this.#events.emit('participants', { participants, listeners, joined: [], updated, left: [] });
    }
  }

  #setModerated(muted: boolean): void {
    if (muted === this.#moderated) return;
    this.#moderated = muted;
    this.#events.emit('moderated', { muted });
  }

  #readyNow(): boolean {
    const { state } = this;
    if (state.phase === 'closed') {
      throw state.reason ?? new PartylineError('aborted', 'The room was left before it was ready.');
    }
    return state.phase === 'live' && state.ready && this.#clockSync.inStep;
  }

  #ping(): number {
    const { id, t0, nextInMs } = this.#clockSync.nextPing();
    this.#connection.link?.send({ type: 'ping', id, t0 });
    return nextInMs;
  }
}
