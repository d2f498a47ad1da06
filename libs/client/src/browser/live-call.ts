import { Emitter, type Unsubscribe } from '../emitter.ts';
import { PartylineError } from '../errors.ts';
import type { Room } from '../room-types.ts';
import { VoicePublisher } from '../voice-publisher.ts';
import type { Call, CallEvents } from './call.ts';
import { Microphone, type MicrophoneOptions, requestMicrophone } from './microphone.ts';
import { Playback } from './playback.ts';

/** Level events come with every second or third frame: enough for a meter, little for a page. */
const LEVEL_EVERY_MS = 50;

/** Connects a room with this browser's microphone and loudspeaker. */
export class LiveCall implements Call {
  readonly room: Room;
  readonly #context: AudioContext;
  readonly #events = new Emitter<CallEvents>();
  readonly #playback: Playback;
  #microphone: Microphone | undefined;
  #publisher: VoicePublisher | undefined;
  #muted: boolean;
  #pushToTalk = false;
  #held = false;
  #levelAtMs = 0;
  #ended = false;

  constructor(context: AudioContext, room: Room) {
    this.#context = context;
    this.room = room;
    this.#muted = room.muted;
    this.#playback = new Playback(context, room, () => {
      // One undecodable speaker is silent; the others go on, and the statistics show it.
    });
    context.onstatechange = () => this.#events.emit('playback', { running: this.playing });
    room.on('state', ({ phase }) => {
      if (phase === 'closed') this.#release();
    });
  }

  get hasMicrophone(): boolean {
    return this.#microphone !== undefined;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get pushToTalk(): boolean {
    return this.#pushToTalk;
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
    this.#muted = muted;
    this.room.setMuted(muted);
    this.#applySending();
  }

  setPushToTalk(enabled: boolean): void {
    this.#pushToTalk = enabled;
    this.#held = false;
    this.#applySending();
  }

  talk(held: boolean): void {
    if (!this.#pushToTalk) return;
    this.#held = held;
    this.#applySending();
  }

  setEcho(enabled: boolean): void {
    this.room.setEcho(enabled);
  }

  /** @param opened a microphone that was asked for already */
  async useMicrophone(options: MicrophoneOptions = {}, opened?: MediaStream): Promise<void> {
    const stream = opened ?? (await requestMicrophone(options));
    let publisher: VoicePublisher | undefined;
    try {
      publisher = await VoicePublisher.open(this.room, {
        dtx: options.dtx ?? true,
        ...(options.bitrate === undefined ? {} : { bitrate: options.bitrate }),
        onLevel: (levelDbov, active) => this.#level(levelDbov, active),
      });
      if (this.#ended) throw new PartylineError('aborted', 'The call has ended.');
      this.#connect(stream, publisher);
    } catch (error) {
      publisher?.close();
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
  }

  releaseMicrophone(): void {
    this.#microphone?.close();
    this.#publisher?.close();
    this.#microphone = undefined;
    this.#publisher = undefined;
  }

  setVolume(volume: number): void {
    this.#playback.setVolume(volume);
  }

  setSpeakerVolume(streamId: number, volume: number): void {
    this.#playback.setSpeakerVolume(streamId, volume);
  }

  async resume(): Promise<void> {
    await this.#context.resume();
  }

  async end(): Promise<void> {
    this.releaseMicrophone();
    await this.room.leave();
    this.#release();
  }

  #connect(stream: MediaStream, publisher: VoicePublisher): void {
    const microphone = Microphone.open(this.#context, stream, {
      frame: (pcm, localMs) => publisher.push(pcm, this.room.clock.toCluster(localMs)),
      ended: () => {
        if (this.#publisher !== publisher) return;
        this.releaseMicrophone();
        this.#events.emit(
          'microphoneLost',
          new PartylineError('microphone_unavailable', 'The microphone went away.'),
        );
      },
    });
    this.releaseMicrophone();
    this.#microphone = microphone;
    this.#publisher = publisher;
    this.#applySending();
  }

  get #sending(): boolean {
    return this.hasMicrophone && !this.#muted && (!this.#pushToTalk || this.#held);
  }

  #applySending(): void {
    if (this.#publisher !== undefined) this.#publisher.transmitting = this.#sending;
  }

  #level(levelDbov: number, active: boolean): void {
    const nowMs = performance.now();
    if (nowMs - this.#levelAtMs < LEVEL_EVERY_MS) return;
    this.#levelAtMs = nowMs;
    const sending = this.#sending && !this.room.moderated;
    this.#events.emit('microphone', { levelDbov, active, sending });
  }

  /** The room is over: nothing more to hear or to say. */
  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.releaseMicrophone();
    this.#playback.close();
    this.#context.onstatechange = null;
    void this.#context.close();
  }
}
