import type { CodecFormat } from '@partyline/protocol';
import { Emitter, type Unsubscribe } from '../emitter.ts';
import { PartylineError } from '../errors.ts';
import type { Room } from '../room-types.ts';
import { unlockByGesture } from './audio-unlock.ts';
import type { Call, CallEvents } from './call.ts';
import { Loudspeaker } from './loudspeaker.ts';
import type { MicrophoneKeeper } from './microphone-keeper.ts';
import type { MicrophoneInfo, MicrophoneOptions } from './microphone-options.ts';
import { OwnVoice } from './own-voice.ts';
import { Playback } from './playback.ts';
import { checkVolume, Volumes } from './volumes.ts';

/** Connects a room with this browser's microphone and loudspeaker; each part does its own work. */
export class LiveCall implements Call {
  readonly room: Room;
  readonly #context: AudioContext;
  readonly #events = new Emitter<CallEvents>();
  readonly #voice: OwnVoice;
  readonly #playback: Playback;
  readonly #volumes: Volumes;
  readonly #loudspeaker: Loudspeaker;
  readonly #stopUnlocking: () => void;
  #ended = false;

  /** Takes over context and keeper. */
  constructor(context: AudioContext, room: Room, keeper: MicrophoneKeeper, codec: CodecFormat) {
    this.#context = context;
    this.room = room;
    this.#voice = new OwnVoice(room, keeper, codec, {
      level: (levelDbov, active, sending) => this.#events.emit('microphone', { levelDbov, active, sending }),
      changed: (name, because) => this.#events.emit('microphoneChanged', { name, because }),
      lost: (error) => this.#events.emit('microphoneLost', error),
      codec: (change) => this.#events.emit('codec', change),
      error: (error) => this.#events.emit('error', error),
    });
    this.#playback = new Playback(context, room, () => {
      // One undecodable speaker is silent; the others go on, and the statistics show it.
    });
    this.#volumes = new Volumes(room, (streamId, volume) =>
      this.#playback.setSpeakerVolume(streamId, volume),
    );
    this.#loudspeaker = new Loudspeaker(context, this.#playback.audible, (name, because) =>
      this.#events.emit('loudspeakerChanged', { name, because }),
    );
    this.#stopUnlocking = unlockByGesture(context);
    context.onstatechange = () => this.#events.emit('playback', { running: this.playing });
    room.on('state', ({ phase }) => {
      if (phase === 'closed') this.#release();
    });
  }

  get hasMicrophone(): boolean {
    return this.microphone !== undefined;
  }

  get microphone(): MicrophoneInfo | undefined {
    return this.#voice.microphone;
  }

  get loudspeakerId(): string {
    return this.#loudspeaker.deviceId;
  }

  get muted(): boolean {
    return this.#voice.muted;
  }

  get codec(): CodecFormat {
    return this.#voice.codec;
  }

  get wantedCodec(): CodecFormat {
    return this.#voice.wantedCodec;
  }

  get pushToTalk(): boolean {
    return this.#voice.pushToTalk;
  }

  get deafened(): boolean {
    return this.#playback.deafened;
  }

  get playing(): boolean {
    return this.#context.state === 'running';
  }

  get output(): AudioNode {
    return this.#playback.output;
  }

  on<Name extends keyof CallEvents>(event: Name, listener: (value: CallEvents[Name]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  setMuted(muted: boolean): void {
    this.#voice.setMuted(muted);
  }

  setPushToTalk(enabled: boolean): void {
    this.#voice.setPushToTalk(enabled);
  }

  talk(held: boolean): void {
    this.#voice.talk(held);
  }

  setDeafened(deafened: boolean): void {
    this.#playback.setDeafened(deafened);
  }

  setEcho(enabled: boolean): void {
    this.room.setEcho(enabled);
  }

  async useMicrophone(options: MicrophoneOptions = {}): Promise<void> {
    if (this.#ended) throw ended();
    await this.#voice.use(options);
  }

  /** The first microphone of a call: opened already, or to be opened, another one if need be. */
  async begin(options: MicrophoneOptions): Promise<void> {
    if (this.hasMicrophone) await this.#voice.prepare(options);
    else await this.#voice.use(options, true);
  }

  releaseMicrophone(): void {
    this.#voice.release();
  }

  async setCodec(codec: CodecFormat): Promise<void> {
    if (this.#ended) throw ended();
    await this.#voice.setCodec(codec);
  }

  async useLoudspeaker(deviceId: string): Promise<void> {
    if (this.#ended) throw ended();
    await this.#loudspeaker.use(deviceId);
  }

  setVolume(volume: number): void {
    this.#playback.setVolume(checkVolume(volume));
  }

  setSpeakerVolume(streamId: number, volume: number): void {
    this.#playback.setSpeakerVolume(streamId, checkVolume(volume));
  }

  setParticipantVolume(identity: string, volume: number): void {
    this.#volumes.set(identity, volume);
  }

  participantVolume(identity: string): number {
    return this.#volumes.of(identity);
  }

  async resume(): Promise<void> {
    await this.#context.resume();
  }

  async end(): Promise<void> {
    this.releaseMicrophone();
    await this.room.leave();
    this.#release();
  }

  /** The room is over: nothing more to hear or to say. */
  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.releaseMicrophone();
    this.#stopUnlocking();
    this.#volumes.close();
    this.#loudspeaker.close();
    this.#playback.close();
    this.#context.onstatechange = null;
    void this.#context.close();
  }
}

const ended = (): PartylineError => new PartylineError('aborted', 'The call has ended; start another one.');
