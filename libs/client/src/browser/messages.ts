import type { DecodedVoice } from '../decoded-voice.ts';
import type { MeterReading } from '../playout-meter.ts';

/** Names under which the worklet registers its processors. */
export const CAPTURE_PROCESSOR = 'partyline-capture';
export const PLAYOUT_PROCESSOR = 'partyline-playout';

/** From the capture processor: 10 ms of the microphone. */
export interface CapturedChunk {
  pcm: Float32Array;
  /** `Date.now()` when the last sample had come in. */
  endWallMs: number;
}

/** To the playout processor. */
export type PlayoutCommand =
  | { type: 'voice'; voice: DecodedVoice }
  | { type: 'gain'; streamId: number; gain: number }
  | { type: 'remove'; streamId: number };

/** From the playout processor, four times a second. */
export interface PlayoutReport {
  /** `Date.now()` when the sample that the readings speak of was handed to the system. */
  wallMs: number;
  /** The same moment on the context's clock, in seconds. */
  contextTimeS: number;
  readings: MeterReading[];
}
