import { type Call, startCall } from '@partyline/client/browser';
import type { CallState, LineNumbers, Person } from './call-state.ts';
import { Loudness } from './loudness.ts';
import type { TalkMode } from './talk-switch.ts';

/** Where the page's server puts the audio worklet. */
const WORKLET_URL = '/worklet.js';

export interface SessionOptions {
  /** Where the service answers. */
  url: string;
  room: string;
  name: string;
  /** With the microphone, or only to listen. */
  talk: boolean;
  /** Gives up joining. */
  signal: AbortSignal;
  /** Preferred region. */
  region?: string;
}

export interface SessionListeners {
  onReconnecting(): void;
  onRecovered(): void;
  /** The call is over; `reason` is undefined when the person left. */
  onClosed(reason: unknown): void;
  onMicrophoneLost(): void;
  onPlayback(running: boolean): void;
}

/** One stay in a room: the SDK's call, told as the page's own state. */
export class CallSession {
  readonly #call: Call;
  readonly #loudness = new Loudness();
  #phase: CallState['phase'] = 'connected';

  /** @throws PartylineError as `startCall` does */
  static async start(options: SessionOptions, listeners: SessionListeners): Promise<CallSession> {
    const { url, room, name, talk, signal, region } = options;
    const call = await startCall({
      url,
      room,
      name,
      signal,
      workletUrl: WORKLET_URL,
      client: 'partyline page',
      ...(region === undefined ? {} : { region }),
      ...(talk ? {} : { microphone: false as const }),
    });
    return new CallSession(call, listeners);
  }

  private constructor(call: Call, listeners: SessionListeners) {
    this.#call = call;
    const { room } = call;
    room.on('state', (state) => {
      if (state.phase === 'closed') return listeners.onClosed(state.reason);
      const away = state.phase !== 'live';
      if (away && this.#phase === 'connected') listeners.onReconnecting();
      if (!away && this.#phase === 'reconnecting') listeners.onRecovered();
      this.#phase = away ? 'reconnecting' : 'connected';
    });
    room.on('frame', ({ streamId, frame }) => {
      // In an echo test one's own frames come back; one's own ring shows the microphone itself.
      if (streamId !== room.streamId)
        this.#loudness.note(streamId, frame.level, frame.active, performance.now());
    });
    room.on('participants', ({ left }) => {
      for (const { streamId } of left) this.#loudness.forget(streamId);
    });
    call.on('microphone', ({ levelDbov, active, sending }) => {
      this.#loudness.note(room.streamId, levelDbov, active && sending, performance.now());
    });
    call.on('microphoneLost', () => listeners.onMicrophoneLost());
    call.on('playback', ({ running }) => listeners.onPlayback(running));
    if (!call.playing) listeners.onPlayback(false);
  }

  /** The SDK's handle on the room. */
  get room(): Call['room'] {
    return this.#call.room;
  }

  /** Puts the microphone on or off, in the way of the mode: only a mute is shown to the others. */
  setLive(live: boolean, mode: TalkMode): void {
    if (!this.#call.hasMicrophone) return;
    const push = mode === 'push';
    this.#call.setPushToTalk(push);
    this.#call.setMuted(!push && !live);
    this.#call.talk(live);
  }

  setEcho(enabled: boolean): void {
    this.#call.setEcho(enabled);
  }

  /** Starts sound that the browser held back; from a click. */
  resume(): Promise<void> {
    return this.#call.resume();
  }

  end(): Promise<void> {
    return this.#call.end();
  }

  /** A snapshot for the views. */
  get state(): CallState {
    const { room, hasMicrophone } = this.#call;
    const nowMs = performance.now();
    const people = room.participants.map((participant): Person => {
      const { level, speaking } = this.#loudness.of(participant.streamId, nowMs);
      return {
        key: String(participant.streamId),
        name: participant.name || participant.identity,
        isSelf: participant.self,
        level,
        speaking,
        publisher: participant.publisher && (hasMicrophone || !participant.self),
        muted: participant.self ? room.muted : participant.muted,
        moderated: participant.self ? room.moderated : participant.moderated,
        reconnecting: participant.reconnecting || (participant.self && this.#phase === 'reconnecting'),
      };
    });
    return {
      phase: this.#phase,
      room: room.name,
      people,
      listeners: room.listeners,
      canTalk: room.canPublish && hasMicrophone,
      muted: room.muted,
      moderated: room.moderated,
      echo: room.echo,
      numbers: this.#numbers(),
    };
  }

  #numbers(): LineNumbers {
    const { rttMs, mouthToEarMs, downlink, speakers } = this.#call.room.getStats();
    const heard = speakers.filter((speaker) => speaker.mouthToEarMs !== undefined);
    return {
      ...(rttMs !== undefined && { rttMs }),
      ...(mouthToEarMs !== undefined && { mouthToEarMs }),
      ...(heard.length > 0 && {
        bufferMs: Math.max(...heard.map((speaker) => speaker.bufferedMs)),
        jitterMs: Math.max(...heard.map((speaker) => speaker.jitterMs)),
      }),
      received: downlink.receivedFrames,
      lost: downlink.lostFrames,
      late: downlink.lateFrames,
    };
  }
}
