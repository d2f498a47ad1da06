import { type Call, type DeviceChange, type MicrophonePreview, startCall } from '@partyline/client/browser';
import type { CallState, Person } from './call-state.ts';
import { CODEC_MODULES_URL, usableCodec } from './codec/codec-choice.ts';
import { Loudness } from './loudness.ts';
import type { Preferences } from './preferences.ts';
import { microphoneOptions, WORKLET_URL } from './sound-choice.ts';
import type { TalkMode } from './talk-switch.ts';
import type { Hearing, Speaker, Volumes } from './volumes.ts';

/** Voice that nobody hears, for so long, is worth a hint, in ms; and the hint stays for the second time. */
const UNHEARD_AFTER_MS = 600;
const UNHEARD_FOR_MS = 2_500;

export interface SessionOptions {
  /** Where the service answers. */
  url: string;
  room: string;
  name: string;
  /** Access token; guests have none. */
  token?: string | undefined;
  /** Devices and processing. */
  preferences: Preferences;
  /** With the microphone, perhaps one that is open already, or only to listen. */
  talk: boolean;
  preview?: MicrophonePreview | undefined;
  /** How loud each person was made on earlier visits. */
  volumes: Volumes;
  /** Gives up joining. */
  signal: AbortSignal;
  /** Preferred region. */
  region?: string | undefined;
}

export interface SessionListeners {
  onReconnecting(): void;
  onRecovered(): void;
  /** The call is over; `reason` is undefined when the person left. */
  onClosed(reason: unknown): void;
  onMicrophoneLost(error: unknown): void;
  onMicrophoneChanged(change: DeviceChange): void;
  onLoudspeakerChanged(change: DeviceChange): void;
  onPlayback(running: boolean): void;
}

/** One stay in a room: the SDK's call, told as the page's own state. */
export class CallSession {
  readonly #call: Call;
  readonly #volumes: Volumes;
  readonly #loudness = new Loudness();
  #phase: CallState['phase'] = 'connected';
  #unheardSinceMs: number | undefined;
  #unheardUntilMs = 0;

  /** @throws PartylineError as `startCall` does */
  static async start(options: SessionOptions, listeners: SessionListeners): Promise<CallSession> {
    const { url, room, name, token, preferences, talk, preview, signal, region } = options;
    const call = await startCall({
      url,
      room,
      name,
      signal,
      workletUrl: WORKLET_URL,
      client: 'partyline page',
      microphone: talk && (preview ?? microphoneOptions(preferences)),
      loudspeakerId: preferences.loudspeakerId,
      codec: usableCodec(preferences.codec),
      codecModulesUrl: CODEC_MODULES_URL,
      ...(token === undefined ? {} : { token }),
      ...(region === undefined ? {} : { region }),
    });
    return new CallSession(call, options.volumes, listeners);
  }

  private constructor(call: Call, volumes: Volumes, listeners: SessionListeners) {
    this.#call = call;
    this.#volumes = volumes;
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
    room.on('participants', ({ joined, left }) => {
      for (const { streamId } of left) this.#loudness.forget(streamId);
      for (const participant of joined) this.#play(participant);
    });
    for (const participant of room.participants) this.#play(participant);
    call.on('microphone', ({ levelDbov, active, sending }) => {
      const nowMs = performance.now();
      this.#loudness.note(room.streamId, levelDbov, active && sending, nowMs);
      this.#noteUnheard(active && room.muted && !room.moderated && !call.deafened, nowMs);
    });
    call.on('microphoneLost', (error) => listeners.onMicrophoneLost(error));
    call.on('microphoneChanged', (change) => listeners.onMicrophoneChanged(change));
    call.on('loudspeakerChanged', (change) => listeners.onLoudspeakerChanged(change));
    call.on('playback', ({ running }) => listeners.onPlayback(running));
    if (!call.playing) listeners.onPlayback(false);
  }

  /** The SDK's handle on the room. */
  get room(): Call['room'] {
    return this.#call.room;
  }

  /** The SDK's handle on microphone and loudspeaker. */
  get call(): Call {
    return this.#call;
  }

  /** Puts the microphone on or off, in the way of the mode: only a mute is shown to the others. */
  setLive(live: boolean, mode: TalkMode): void {
    if (!this.#call.hasMicrophone) return;
    const push = mode === 'push' && !this.#call.deafened;
    this.#call.setPushToTalk(push);
    this.#call.setMuted(!push && !live);
    this.#call.talk(live);
  }

  /** Plays nothing, or everything again; who is deaf is muted by `setLive`. */
  setDeafened(deafened: boolean): void {
    this.#call.setDeafened(deafened);
  }

  setEcho(enabled: boolean): void {
    this.#call.setEcho(enabled);
  }

  /** Makes somebody louder or softer here, and remembers it for this room. */
  setHearing(person: Speaker, hearing: Hearing): void {
    this.#volumes.set(this.room.name, person, hearing);
    this.#play(person);
  }

  /** @throws PartylineError as `Call.useMicrophone` does */
  useMicrophone(preferences: Preferences): Promise<void> {
    return this.#call.useMicrophone(microphoneOptions(preferences));
  }

  /** @throws PartylineError as `Call.useLoudspeaker` does */
  useLoudspeaker(preferences: Preferences): Promise<void> {
    return this.#call.useLoudspeaker(preferences.loudspeakerId);
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
    const { room, hasMicrophone, deafened } = this.#call;
    const nowMs = performance.now();
    const people = room.participants.map((participant): Person => {
      const { level, speaking } = this.#loudness.of(participant.streamId, nowMs);
      const name = participant.name || participant.identity;
      return {
        key: String(participant.streamId),
        identity: participant.identity,
        name,
        isSelf: participant.self,
        level,
        speaking,
        publisher: participant.publisher && (hasMicrophone || !participant.self),
        muted: participant.self ? room.muted : participant.muted,
        moderated: participant.self ? room.moderated : participant.moderated,
        reconnecting: participant.reconnecting || (participant.self && this.#phase === 'reconnecting'),
        hearing: this.#volumes.of(room.name, { identity: participant.identity, name: participant.name }),
      };
    });
    return {
      phase: this.#phase,
      room: room.name,
      people,
      listeners: room.listeners,
      recordedSinceMs: room.recording?.sinceMs,
      mayTalk: room.canPublish,
      canTalk: room.canPublish && hasMicrophone,
      muted: room.muted,
      moderated: room.moderated,
      deafened,
      talkingWhileMuted: nowMs < this.#unheardUntilMs,
      echo: room.echo,
    };
  }

  #play({ identity, name }: Speaker): void {
    const { volume, muted } = this.#volumes.of(this.room.name, { identity, name });
    this.#call.setParticipantVolume(identity, muted ? 0 : volume);
  }

  #noteUnheard(unheard: boolean, nowMs: number): void {
    if (!unheard) {
      this.#unheardSinceMs = undefined;
      if (!this.room.muted) this.#unheardUntilMs = 0;
      return;
    }
    this.#unheardSinceMs ??= nowMs;
    if (nowMs - this.#unheardSinceMs >= UNHEARD_AFTER_MS) this.#unheardUntilMs = nowMs + UNHEARD_FOR_MS;
  }
}
