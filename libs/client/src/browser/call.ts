import type { Unsubscribe } from '../emitter.ts';
import type { PartylineError } from '../errors.ts';
import type { JoinRoomOptions } from '../options.ts';
import type { Room } from '../room-types.ts';
import type { MicrophoneOptions } from './microphone.ts';

export interface StartCallOptions extends JoinRoomOptions {
  /** URL of the bundled worklet (`@partyline/client/browser/worklet` is its source). */
  workletUrl: string;
  /** False joins as a listener; a microphone may be added later with `useMicrophone`. */
  microphone?: MicrophoneOptions | false;
}

export interface CallEvents {
  /** Some 20 times a second while a microphone is open, also when muted: for a level meter. */
  microphone: { levelDbov: number; active: boolean; sending: boolean };
  /** The microphone went away (unplugged, or taken back by the system); the call goes on listening. */
  microphoneLost: PartylineError;
  /** The browser suspended or resumed sound (a phone call, a policy): offer a button that calls `resume()`. */
  playback: { running: boolean };
}

/** A room with this browser's microphone and loudspeaker. */
export interface Call {
  /** State, participants, speakers, chat, statistics. */
  readonly room: Room;
  /** Whether a microphone is open. */
  readonly hasMicrophone: boolean;
  /** Muted: nothing is sent, and others see it. */
  readonly muted: boolean;
  readonly pushToTalk: boolean;
  /** The browser plays sound; false needs `resume()` from a click. */
  readonly playing: boolean;
  /** Everything heard, mixed, for whoever wants to record or draw it; already connected to the loudspeaker. */
  readonly output: AudioNode;

  on<Name extends keyof CallEvents>(event: Name, listener: (value: CallEvents[Name]) => void): Unsubscribe;

  setMuted(muted: boolean): void;
  /** With push-to-talk, voice is sent only between `talk(true)` and `talk(false)`. */
  setPushToTalk(enabled: boolean): void;
  /** The key or button is held, or not. Does nothing without push-to-talk. */
  talk(held: boolean): void;
  /** Line test: hear oneself through the edge. */
  setEcho(enabled: boolean): void;
  /** Opens another microphone, or the first. @throws PartylineError `microphone_refused`, `microphone_unavailable` */
  useMicrophone(options?: MicrophoneOptions): Promise<void>;
  /** Closes the microphone; the call goes on listening. */
  releaseMicrophone(): void;
  /** Loudness of everything heard, 0 … 1 (and above, up to 4). */
  setVolume(volume: number): void;
  /** Loudness of one speaker, 0 … 4. */
  setSpeakerVolume(streamId: number, volume: number): void;
  /** Starts sound after the browser held it back; call it from a click. */
  resume(): Promise<void>;
  /** Leaves the room, closes microphone and sound. */
  end(): Promise<void>;
}
