import type { Unsubscribe } from '../emitter.ts';
import type { PartylineError } from '../errors.ts';
import type { MicrophoneInfo, MicrophoneOptions } from './microphone-options.ts';

/** How a preview is opened. */
export interface MicrophonePreviewOptions extends MicrophoneOptions {
  /** As in `StartCallOptions`. */
  workletUrl?: string;
}

/** What `preview.on` tells of. */
export interface MicrophonePreviewEvents {
  /** Some 20 times a second: for a level meter. */
  level: { levelDbov: number; active: boolean };
  /** Another microphone is open: the one before was unplugged, or has come back. */
  changed: MicrophoneInfo;
  /** The microphone went away and there is no other one; one that is plugged in later is taken. */
  lost: PartylineError;
}

/** An open microphone before a call: to be looked at on a meter, and to be heard. */
export interface MicrophonePreview {
  /** Of the microphone in use; empty while there is none. */
  readonly deviceId: string;
  /** As the system calls it; empty while there is none. */
  readonly name: string;
  /** False while the browser holds sound back: offer a button that calls `resume()`. */
  readonly running: boolean;

  /** Calls `listener` for each event, until the function that it returns is called. */
  on<Name extends keyof MicrophonePreviewEvents>(
    event: Name,
    listener: (value: MicrophonePreviewEvents[Name]) => void,
  ): Unsubscribe;
  /**
   * Another microphone or other processing; the one before goes on until the new one works.
   * @throws PartylineError `microphone_refused`, `microphone_unavailable`
   */
  use(options: MicrophoneOptions): Promise<void>;
  /** Plays the microphone on the loudspeaker. Only with earphones: a loudspeaker's sound would come in again. */
  setMonitored(monitored: boolean): void;
  /** Starts sound after the browser held it back; call it from a click. */
  resume(): Promise<void>;
  /** Closes the microphone. Does nothing after a call has taken the preview over. */
  close(): void;
}
