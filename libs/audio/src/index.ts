export { Chain, type ChainOptions } from './chain/chain.ts';
export {
  type ChainEvent,
  type ChainStage,
  plainStages,
  type RunningStage,
  type StageMakers,
} from './chain/stages.ts';
export { DtmfDetector, type DtmfEvent } from './dtmf/detector.ts';
export { type DtmfDigit, dtmfDigitOf, dtmfEventOf, dtmfTonesHz } from './dtmf/digits.ts';
export { type DtmfOptions, dtmfSound } from './dtmf/generator.ts';
export {
  type BandOptions,
  bandPass,
  type EdgeOptions,
  highPass,
  lowPass,
  type NotchOptions,
  notch,
  type Steepness,
  telephoneBand,
} from './filters/design.ts';
export { Filter } from './filters/filter.ts';
export { type FrameHandler, Framer } from './framer.ts';
export { audioLevelDbov, SILENCE_DBOV, VoiceActivityDetector, type VoiceActivityOptions } from './level.ts';
export { AutomaticGain, type AutomaticGainOptions } from './levels/automatic-gain.ts';
export { Mixer, type MixerOptions } from './mixer.ts';
export { type MixHandler, MixMinus, type MixMinusOptions } from './mixing/mix-minus.ts';
export { type ComfortNoise, readComfortNoise, writeComfortNoise } from './noise/comfort-noise.ts';
export { ComfortNoiseAnalyser, type ComfortNoiseOptions } from './noise/comfort-noise-analyser.ts';
export { ComfortNoiseGenerator } from './noise/comfort-noise-generator.ts';
export { LIMIT, PeakLimiter } from './peak-limiter.ts';
export { PlayoutBuffer } from './playout-buffer.ts';
export type { FrameOptions, PlayoutOptions, PlayoutStats } from './playout-stats.ts';
export { Resampler, type ResamplerOptions, resample } from './resampling/resampler.ts';
export { voiceResampler } from './resampling/voice-resampler.ts';
export { testVoice } from './test-voice.ts';
export { VoiceDetector, type VoiceDetectorOptions } from './voice/voice-detector.ts';
export { VoiceBand } from './voice-band.ts';
