import { voiceResampler } from '@partyline/audio';
import { VOICE_SAMPLE_RATE, type VoiceFormat } from '@partyline/codecs';

/** One part of the way from mouth to ear. */
export interface DelayPart {
  readonly part: string;
  readonly ms: number;
  readonly why: string;
}

/** How good a delay is for conversation (ITU-T G.114, 2003). */
export type DelayVerdict = 'good' | 'noticeable' | 'too long';

/** From mouth to ear. */
export interface DelayBudget {
  parts: DelayPart[];
  totalMs: number;
  limitMs: number;
  /** What is left of the limit; below 0 it is exceeded. */
  spareMs: number;
  verdict: DelayVerdict;
}

/** What the delay depends on, ms. */
export interface DelayWishes {
  readonly frameMs: number;
  readonly coalesceMs: number;
  /** From a client to the edge, and from the edge to another. */
  readonly networkMs: number;
  /** The least that voice waits for what comes late. */
  readonly bufferMs: number;
}

/** G.114, clause 4: up to here hardly anybody notices; beyond the second it is unfit for general planning of networks. */
const G114_MS = 150;
const G114_LIMIT_MS = 400;
/** The least target of play-out in a browser (docs/decisions/0019-playout-delay.md); a frame itself elsewhere. */
export const BROWSER_BUFFER_MS = 60;
/** Measured (docs/mouth-to-ear.md, one machine): capture takes 21.4 ms with frames of 20, play-out 65 ms with a buffer of 60. */
const MICROPHONE_MS = 1.4;
const LOUDSPEAKER_MS = 5;
const resamplingMs = (fromHz: number, toHz: number): number =>
  fromHz === toHz ? 0 : voiceResampler(fromHz, toHz).delayMs;

/** Adds up what each hop takes, and holds it against G.114. */
export const delayBudget = (
  { name, sampleRate, delayMs }: VoiceFormat,
  { frameMs, coalesceMs, networkMs, bufferMs }: DelayWishes,
): DelayBudget => {
  const resampling =
    resamplingMs(VOICE_SAMPLE_RATE, sampleRate) + resamplingMs(sampleRate, VOICE_SAMPLE_RATE);
  const parts: DelayPart[] = [
    { part: 'frame', ms: frameMs, why: 'its last sample has to be spoken first' },
    { part: 'microphone', ms: MICROPHONE_MS, why: 'its blocks, the encoder; measured' },
    { part: 'codec', ms: delayMs, why: `look-ahead and filters of ${name}` },
    {
      part: 'resampling',
      ms: resampling,
      why: resampling === 0 ? 'none: it is at 48 kHz' : `48 kHz to ${sampleRate / 1_000} and back`,
    },
    { part: 'uplink', ms: networkMs, why: 'assumed, by --network' },
    {
      part: 'edge',
      ms: coalesceMs,
      why: coalesceMs === 0 ? 'sends at once while it is not loaded' : 'the longest wait for other frames',
    },
    { part: 'downlink', ms: networkMs, why: 'assumed, by --network' },
    { part: 'buffer', ms: bufferMs, why: 'least; more on a line with jitter' },
    {
      part: 'loudspeaker',
      ms: LOUDSPEAKER_MS,
      why: 'decoder and output of the browser; measured; radio headsets add 100 to 200',
    },
  ];
  const totalMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  const verdict = totalMs <= G114_MS ? 'good' : totalMs <= G114_LIMIT_MS ? 'noticeable' : 'too long';
  return { parts, totalMs, limitMs: G114_MS, spareMs: G114_MS - totalMs, verdict };
};
