import type { CodecFormat } from '@partyline/protocol';
import type { Unsubscribe } from '../emitter.ts';
import type { PartylineError } from '../errors.ts';
import type { JoinRoomOptions } from '../options.ts';
import type { Room } from '../room-types.ts';
import type { ChangeReason } from './microphone-keeper.ts';
import type { MicrophoneInfo, MicrophoneOptions } from './microphone-options.ts';
import type { MicrophonePreview } from './microphone-preview.ts';

/** How to join with microphone and loudspeaker. */
export interface StartCallOptions extends JoinRoomOptions {
  /**
   * URL of the bundled worklet (`@partyline/client/browser/worklet` is its source); `worklet.js` beside this module
   * unless given.
   */
  workletUrl?: string;
  /**
   * False joins as a listener; a microphone may be added later with `useMicrophone`. When the chosen one is not plugged
   * in, the system's default is opened: `microphone` tells which. A preview is taken over once the room is joined; if
   * joining fails it goes on.
   */
  microphone?: MicrophoneOptions | MicrophonePreview | false;
  /** From `listDevices()`; the system's default unless given, or when it is not plugged in. */
  loudspeakerId?: string;
  /** What the voice is sent as, whatever the microphone; `opus/48000` unless given. See `Call.setCodec`. */
  codec?: CodecFormat;
  /**
   * Where the WebAssembly modules of Speex and G.722 lie, as for `useCodecModules`; `codecs` then has what they
   * decode as well, unless it is given. Without it there are neither.
   */
  codecModulesUrl?: string;
}

/** What the voice is sent as. */
export interface CodecChange {
  /** What is sent from the next frames on. */
  codec: CodecFormat;
  /** What was asked for. Where the two differ, somebody in the room cannot decode it. */
  wanted: CodecFormat;
}

/** A device is in use that was not before. */
export interface DeviceChange {
  /** As the system calls it; empty where the browser does not tell. */
  name: string;
  /** `lost`: the chosen one is gone and this one stands in; `chosen`: by the page, or it has come back. */
  because: ChangeReason;
}

/** What `call.on` tells of; the room's own events come by `call.room.on`. */
export interface CallEvents {
  /** Some 20 times a second while a microphone is open, also when muted: for a level meter. */
  microphone: { levelDbov: number; active: boolean; sending: boolean };
  /** Another microphone is in use. */
  microphoneChanged: DeviceChange;
  /**
   * The microphone went away and nothing could take its place; the call goes on listening. One that is plugged in
   * later is taken.
   */
  microphoneLost: PartylineError;
  /** Another loudspeaker is in use. */
  loudspeakerChanged: DeviceChange;
  /**
   * The browser suspended or resumed sound (a phone call, a policy): offer a button that calls `resume()`. Any click
   * or key on the page has the same effect.
   */
  playback: { running: boolean };
  /** Another codec is sent, or wanted, than before. */
  codec: CodecChange;
  /** Something went wrong that does not end the call: an encoder, or no codec that everybody here can decode. */
  error: PartylineError;
}

/** A room with this browser's microphone and loudspeaker. */
export interface Call {
  /** State, participants, speakers, chat, statistics. */
  readonly room: Room;
  /** Whether a microphone is open. */
  readonly hasMicrophone: boolean;
  /** The microphone in use; undefined while there is none. */
  readonly microphone: MicrophoneInfo | undefined;
  /** Id of the loudspeaker in use; empty for the system's default. */
  readonly loudspeakerId: string;
  /** Muted: nothing is sent, and others see it. */
  readonly muted: boolean;
  /** What the voice is sent as, or will be once there is a microphone. */
  readonly codec: CodecFormat;
  /** What was asked for; not everybody in the room can decode it where `codec` is another one. */
  readonly wantedCodec: CodecFormat;
  /** Voice is sent only while `talk(true)` holds. */
  readonly pushToTalk: boolean;
  /** Nothing is played. */
  readonly deafened: boolean;
  /** The browser plays sound; false needs `resume()` from a click. */
  readonly playing: boolean;
  /**
   * Everything heard, mixed, for whoever wants to record or draw it; already connected to the loudspeaker, and not
   * silenced by `setDeafened`.
   */
  readonly output: AudioNode;

  /** Calls `listener` for each event, until the function that it returns is called. */
  on<Name extends keyof CallEvents>(event: Name, listener: (value: CallEvents[Name]) => void): Unsubscribe;

  /** The microphone stays open while muted, so that the first word after it is heard. */
  setMuted(muted: boolean): void;
  /** With push-to-talk, voice is sent only between `talk(true)` and `talk(false)`. */
  setPushToTalk(enabled: boolean): void;
  /** The key or button is held, or not. Does nothing without push-to-talk. */
  talk(held: boolean): void;
  /** Plays nothing, or everything again. Does not mute: whoever wants both sets both. */
  setDeafened(deafened: boolean): void;
  /** Line test: hear oneself through the edge. */
  setEcho(enabled: boolean): void;
  /**
   * Opens another microphone, or the first, or the same with other processing; the one before is in use until the new
   * one works.
   * @throws PartylineError `microphone_refused`, `microphone_unavailable`, `invalid_option` (bit rate)
   */
  useMicrophone(options?: MicrophoneOptions): Promise<void>;
  /** Closes the microphone; the call goes on listening. */
  releaseMicrophone(): void;
  /**
   * Sends the voice as this from one of the next frames on, without a gap, or the best that everybody in the room can
   * decode: then as this as soon as they all can. The event `codec` tells.
   * @throws PartylineError `invalid_option`, `codec_failed`; then the one before goes on
   */
  setCodec(codec: CodecFormat): Promise<void>;
  /**
   * Plays elsewhere; see `canChooseLoudspeaker()`.
   * @param deviceId from `listDevices()`; empty for the system's default
   * @throws PartylineError `unsupported_browser`, `loudspeaker_unavailable`
   */
  useLoudspeaker(deviceId: string): Promise<void>;
  /** Loudness of everything heard, 0 … 4, 1 being as it came. @throws PartylineError `invalid_option` */
  setVolume(volume: number): void;
  /** Loudness of one speaker's stream, 0 … 4, until they leave. @throws PartylineError `invalid_option` */
  setSpeakerVolume(streamId: number, volume: number): void;
  /**
   * Loudness of one participant, 0 … 4, as long as the call lasts, also when they leave and join again.
   * @throws PartylineError `invalid_option`
   */
  setParticipantVolume(identity: string, volume: number): void;
  /** What `setParticipantVolume` set; 1 unless it did. */
  participantVolume(identity: string): number;
  /** Starts sound after the browser held it back; call it from a click. */
  resume(): Promise<void>;
  /** Leaves the room, closes microphone and sound. */
  end(): Promise<void>;
}
