import type { CodecFormat, EdgeMessage, EdgeMessageOf } from '@partyline/protocol';
import { Admission } from './admission.ts';
import { Attendance } from './attendance.ts';
import { heed } from './caller-signal.ts';
import { localClock, timeOf } from './clock.ts';
import { ClockSync } from './clock-sync.ts';
import { Connection } from './connection.ts';
import { DataChannel } from './data-channel.ts';
import type { EdgeLink } from './edge-link.ts';
import { Emitter, type Unsubscribe } from './emitter.ts';
import { PartylineError } from './errors.ts';
import type { Moderator } from './moderator.ts';
import type { JoinRoomOptions } from './options.ts';
import type { Pace } from './pace.ts';
import { isReady, Readiness } from './readiness.ts';
import { Rhythm } from './rhythm.ts';
import type {
  ActiveSpeaker,
  OutgoingData,
  OutgoingFrame,
  Participant,
  Room,
  RoomEvents,
  RoomRecordingState,
  RoomState,
  SubscriptionMode,
} from './room-types.ts';
import { SessionMedia } from './session-media.ts';
import { Statistics } from './statistics.ts';
import type { PlayoutReading, RoomStats } from './stats.ts';
import { systemTimers } from './timers.ts';
import { defaultNetwork } from './transport.ts';
import { Wishes } from './wishes.ts';

const JOIN_TIMEOUT_MS = 10_000;

/** Wires connection, uplink, downlink, clock and roster into a {@link Room}; each does its own work. */
export class LiveRoom implements Room {
  readonly name: string;
  readonly clock: ClockSync;
  readonly moderator: Moderator;
  readonly #options: JoinRoomOptions;
  readonly #events = new Emitter<RoomEvents>();
  readonly #connection: Connection;
  readonly #media: SessionMedia;
  readonly #attendance: Attendance;
  readonly #data: DataChannel;
  readonly #statistics: Statistics;
  readonly #rhythm: Rhythm;
  readonly #wishes: Wishes;
  readonly #readiness = new Readiness();
  #welcome: EdgeMessageOf<'welcome'> | undefined;
  #moderated = false;

  /** @throws PartylineError `invalid_option` */
  constructor(options: JoinRoomOptions) {
    this.#options = options;
    this.name = options.room;
    this.#wishes = new Wishes(options.muted ?? false);
    const time = timeOf(options.clock ?? localClock, options.timers ?? systemTimers);
    this.clock = new ClockSync(time);
    this.#data = new DataChannel(time);
    this.#attendance = new Attendance(time, this.#events, (streamId) => {
      this.#media.downlink.left(streamId);
      this.#wishes.subscriptions.delete(streamId);
    });
    this.#media = new SessionMedia(options.uplinkDeadlineMs, time, this.clock, {
      frame: (frame) => this.#events.emit('frame', frame),
      pace: (pace) => this.#events.emit('pace', pace),
      identityOf: (streamId) => this.#attendance.roster.identityOf(streamId),
    });
    const admission = new Admission(options, options.network ?? defaultNetwork, time);
    this.moderator = admission.moderator(() => this.state.phase !== 'closed');
    this.#connection = new Connection(admission, () => this.#wishes.hello, time, {
      state: (state) => this.#stateChanged(state),
      opened: (link) => this.#opened(link),
      joined: (link) => {
        this.#media.carriedBy(link);
        this.#welcomed(link.welcome);
      },
      moved: (link, from) => this.#moved(link, from),
      recovered: (link) => {
        this.#media.carriedBy(link);
        this.#rhythm.start(link.welcome.reportMs);
      },
      message: (message, link) => this.#message(message, link),
      media: (bytes, link) => this.#media.media(bytes, link),
      closed: (link, replaced) => {
        this.#media.closed(link, replaced);
        this.#data.disconnected(link);
      },
    });
    this.#statistics = new Statistics({
      media: this.#media,
      clock: this.clock,
      identityOf: (streamId) => this.#attendance.roster.identityOf(streamId),
      reconnects: () => this.#connection.reconnects,
      moves: () => this.#connection.moves,
    });
    this.#rhythm = new Rhythm(
      {
        report: () => this.#statistics.reportTo(this.#media.carrier),
        stats: () => {
          if (this.#events.has('stats')) this.#events.emit('stats', this.getStats());
        },
      },
      time,
    );
  }

  /** The first join. @throws PartylineError why it failed */
  async join(): Promise<void> {
    const { signal, timeoutMs = JOIN_TIMEOUT_MS } = this.#options;
    heed(signal, this, () =>
      this.#connection.end(new PartylineError('aborted', 'The caller gave the room up.')),
    );
    this.#media.joinTimer.begin();
    await this.#connection.start(timeoutMs);
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
    return this.#attendance.roster.participants;
  }

  get listeners(): number {
    return this.#attendance.roster.listeners;
  }

  get speakers(): readonly ActiveSpeaker[] {
    return this.#attendance.roster.speakers;
  }

  get muted(): boolean {
    return this.#wishes.muted;
  }

  get moderated(): boolean {
    return this.#moderated;
  }

  get recording(): RoomRecordingState | undefined {
    return this.#attendance.recording;
  }

  get canPublish(): boolean {
    return this.#welcome?.canPublish === true;
  }

  get canSubscribe(): boolean {
    return this.#welcome?.canSubscribe === true;
  }

  get canModerate(): boolean {
    return this.#welcome?.canModerate === true;
  }

  get canSendDirect(): boolean {
    return this.#welcome !== undefined && this.#welcome.canSendDirect !== false;
  }

  get codecs(): readonly CodecFormat[] {
    return this.#attendance.codecs;
  }

  get echo(): boolean {
    return this.#wishes.echo;
  }

  get pace(): Pace {
    return this.#media.uplink.pace;
  }

  on<Name extends keyof RoomEvents>(event: Name, listener: (value: RoomEvents[Name]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  whenReady(): Promise<void> {
    return this.#readiness.wait(() => isReady(this.state, this.clock.inStep));
  }

  publishFrame(frame: OutgoingFrame): boolean {
    if (this.#wishes.muted || this.#moderated || !this.canPublish || this.state.phase === 'closed') {
      this.#media.uplink.pause();
      return false;
    }
    return this.#media.uplink.publish(frame);
  }

  setMuted(muted: boolean): void {
    if (muted === this.#wishes.muted) return;
    this.#wishes.muted = muted;
    this.#connection.sendToAll({ type: 'mute', muted });
  }

  setRecording(recording: boolean): void {
    this.#connection.sendToAll(this.#wishes.record(recording ? this.clock.now() : undefined));
  }

  setEcho(enabled: boolean): void {
    if (enabled === this.#wishes.echo) return;
    this.#wishes.echo = enabled;
    this.#media.downlink.echo = enabled;
    this.#media.downlink.interrupted(this.streamId);
    this.#connection.sendToAll({ type: 'echo', enabled });
  }

  subscribe(streamId: number, mode: SubscriptionMode): void {
    this.#wishes.subscriptions.set(streamId, mode);
    this.#media.downlink.interrupted(streamId);
    this.#connection.sendToAll({ type: 'subscribe', streamId, mode });
  }

  sendData(data: OutgoingData): Promise<{ recipients: number }> {
    return this.#data.send(data, this.#media.carrier, (message) => this.#connection.send(message));
  }

  getStats(): RoomStats {
    return this.#statistics.snapshot();
  }

  setPlayout(readings: (() => readonly PlayoutReading[]) | undefined): void {
    this.#statistics.playout = readings;
  }

  leave(): Promise<void> {
    // What came since the last word would count as lost with the connection.
    this.#media.acknowledge();
    this.#statistics.reportTo(this.#media.carrier);
    return this.#connection.leave();
  }

  /** A link receives, and is told what holds for this listener. */
  #opened(link: EdgeLink): void {
    this.#media.opened(link);
    this.#wishes.tell(link);
  }

  #moved(link: EdgeLink, from: EdgeLink | undefined): void {
    // What happened so far happened there.
    this.#statistics.reportTo(from);
    this.#media.moved(link, from, () => this.#connection.retire(from!));
    this.#welcomed(link.welcome);
  }

  #welcomed(welcome: EdgeMessageOf<'welcome'>): void {
    this.#welcome = welcome;
    this.#rhythm.start(welcome.reportMs);
    this.#setModerated(welcome.moderated);
    this.#attendance.welcome(welcome);
  }

  #stateChanged(state: RoomState): void {
    if (state.phase === 'reconnecting' || state.phase === 'closed') {
      this.#rhythm.stop();
      this.#media.interrupted();
      this.#attendance.lost();
    }
    if (state.phase === 'closed') {
      this.#data.end();
      this.#media.end();
    }
    this.#readiness.check();
    this.#events.emit('state', state);
  }

  #message(message: EdgeMessage, link: EdgeLink): void {
    this.#media.message(message, link);
    if (message.type === 'data') {
      if (this.#data.isNew(message, link)) this.#events.emit('data', DataChannel.received(message));
    } else if (message.type === 'dataAck') this.#data.acknowledged(message);
    else if (message.type === 'pong') this.#readiness.check();
    else if (message.type === 'heartbeat') this.#rhythm.tick();
    // A link that was taken over from tells nothing of the room that the other one does not.
    else if (link === this.#media.carrier) this.#sessionMessage(message);
  }

  #sessionMessage(message: EdgeMessage): void {
    this.#attendance.take(message);
    if (message.type === 'moderated') this.#setModerated(message.muted);
    if (message.type === 'error' && !message.fatal) {
      this.#events.emit('error', new PartylineError('protocol_error', message.message));
    }
  }

  #setModerated(muted: boolean): void {
    if (muted === this.#moderated) return;
    this.#moderated = muted;
    this.#events.emit('moderated', { muted });
  }
}
