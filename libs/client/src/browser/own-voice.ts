import type { CodecFormat } from '@partyline/protocol';
import type { PartylineError } from '../errors.ts';
import type { Room } from '../room-types.ts';
import { checkFormats } from '../voice-formats.ts';
import { VoicePublisher } from '../voice-publisher.ts';
import type { CodecChange } from './call.ts';
import type { ChangeReason, MicrophoneKeeper } from './microphone-keeper.ts';
import type { MicrophoneInfo, MicrophoneOptions } from './microphone-options.ts';

export interface OwnVoiceHandlers {
  level(levelDbov: number, active: boolean, sending: boolean): void;
  changed(name: string, because: ChangeReason): void;
  lost(error: PartylineError): void;
  /** Another codec is sent or wanted. */
  codec(change: CodecChange): void;
  /** Of the encoder. */
  error(error: PartylineError): void;
}

/** Level events come with every second or third frame: enough for a meter, little for a page. */
const LEVEL_EVERY_MS = 50;

/**
 * What this participant says: microphone, mute, push-to-talk, encoder. A mute releases nothing: the microphone stays
 * open and its track enabled, and frames end here, before the encoder. So voice is there with the first frame after a
 * mute, the browser's echo canceller and gain control stay adapted, a headset does not change its profile, and a page
 * can tell somebody who talks into a mute. The price: the system's sign of an open microphone stays on, as it is open.
 */
export class OwnVoice {
  readonly #room: Room;
  readonly #keeper: MicrophoneKeeper;
  readonly #handlers: OwnVoiceHandlers;
  #publisher: VoicePublisher | undefined;
  #options: MicrophoneOptions = {};
  #wantedCodec: CodecFormat;
  #toldCodec: CodecChange;
  #muted: boolean;
  #pushToTalk = false;
  #held = false;
  #levelAtMs = 0;

  /** Takes over a keeper, and the microphone that it may have opened already. */
  constructor(room: Room, keeper: MicrophoneKeeper, codec: CodecFormat, handlers: OwnVoiceHandlers) {
    this.#room = room;
    this.#keeper = keeper;
    this.#handlers = handlers;
    this.#wantedCodec = codec;
    this.#toldCodec = { codec, wanted: codec };
    this.#muted = room.muted;
    keeper.handlers = {
      frame: (pcm, localMs) => this.#publisher?.push(pcm, room.clock.toCluster(localMs)),
      changed: ({ info }, because) => handlers.changed(info.name, because),
      lost: (error) => handlers.lost(error),
    };
  }

  get microphone(): MicrophoneInfo | undefined {
    return this.#keeper.microphone?.info;
  }

  get codec(): CodecFormat {
    return this.#publisher?.codec ?? this.#wantedCodec;
  }

  get wantedCodec(): CodecFormat {
    return this.#wantedCodec;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get pushToTalk(): boolean {
    return this.#pushToTalk;
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#room.setMuted(muted);
    this.#apply();
  }

  setPushToTalk(enabled: boolean): void {
    this.#pushToTalk = enabled;
    this.#held = false;
    this.#apply();
  }

  talk(held: boolean): void {
    if (!this.#pushToTalk) return;
    this.#held = held;
    this.#apply();
  }

  /** Kept for every microphone that follows. @throws PartylineError `invalid_option`, `codec_failed` */
  async setCodec(codec: CodecFormat): Promise<void> {
    checkFormats([codec]);
    const before = this.#wantedCodec;
    this.#wantedCodec = codec;
    try {
      await this.#publisher?.setCodec(codec);
    } catch (error) {
      // Another one may have been asked for meanwhile.
      if (this.#wantedCodec === codec) this.#wantedCodec = before;
      throw error;
    } finally {
      this.#tellCodec();
    }
  }

  /** Opens a microphone, or another one. @throws PartylineError as `MicrophoneKeeper.use`, `invalid_option`, `codec_failed` */
  async use(options: MicrophoneOptions, orAnother = false): Promise<void> {
    await this.prepare(options);
    await this.#keeper.use(options, orAnother);
  }

  /** Makes the encoder, before or after there is anything to encode. @throws PartylineError `invalid_option`, `codec_failed` */
  async prepare(options: MicrophoneOptions): Promise<void> {
    const { bitrate, dtx = true } = options;
    const same = bitrate === this.#options.bitrate && dtx === (this.#options.dtx ?? true);
    if (this.#publisher !== undefined && same) return;
    const publisher = await VoicePublisher.open(this.#room, {
      dtx,
      codec: this.#wantedCodec,
      ...(bitrate === undefined ? {} : { bitrate }),
      onLevel: (levelDbov, active) => this.#level(levelDbov, active),
      onCodec: () => this.#tellCodec(),
      onError: (error) => this.#handlers.error(error),
    });
    this.#publisher?.close();
    this.#publisher = publisher;
    this.#options = options;
    this.#apply();
    this.#tellCodec();
  }

  release(): void {
    this.#keeper.release();
    this.#publisher?.close();
    this.#publisher = undefined;
  }

  get #sending(): boolean {
    return !this.#muted && (!this.#pushToTalk || this.#held);
  }

  #apply(): void {
    if (this.#publisher !== undefined) this.#publisher.transmitting = this.#sending;
  }

  #tellCodec(): void {
    const { codec, wantedCodec: wanted } = this;
    if (codec === this.#toldCodec.codec && wanted === this.#toldCodec.wanted) return;
    this.#toldCodec = { codec, wanted };
    this.#handlers.codec(this.#toldCodec);
  }

  #level(levelDbov: number, active: boolean): void {
    const nowMs = performance.now();
    if (nowMs - this.#levelAtMs < LEVEL_EVERY_MS) return;
    this.#levelAtMs = nowMs;
    this.#handlers.level(levelDbov, active, this.#sending && !this.#room.moderated);
  }
}
