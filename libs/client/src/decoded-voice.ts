import type { ReceivedFrame } from './room-types.ts';

/** A frame of one speaker, decoded: mono, 48 kHz. */
export interface DecodedVoice {
  /** Of the speaker. */
  streamId: number;
  /** Belongs to the receiver. */
  pcm: Float32Array;
  /** As {@link ReceivedFrame.sequence}. */
  sequence: number;
  /** When the first sample was captured, the codec's delay allowed for: cluster ms since the epoch. */
  capturedAtMs: number;
  /** Cluster ms since the epoch; for concealed voice, of the frame that showed the gap. */
  arrivedAtMs: number;
  /** From the capture time in its header to arrival. */
  ageMs: number;
  /** As {@link ReceivedFrame.traced}. */
  traced: boolean;
  /** Made up, or rebuilt from FEC, in place of a lost frame. */
  concealed: boolean;
  /** The stream begins here, after a pause or a gap that is on purpose. */
  spurtStart: boolean;
  /** The last voice before a pause. */
  spurtEnd: boolean;
  /** Sent late on purpose, from before the speaker was chosen; its age says nothing about the way. */
  preRoll: boolean;
}
