export type { PlayoutOptions } from '@partyline/audio';
export {
  AudioFileError,
  type AudioFileErrorCode,
  readSpeech,
  WavWriter,
  type WavWriterOptions,
} from '@partyline/audio/node';
export { nodeNetwork } from './network.ts';
export { prepareVoice } from './prepare-voice.ts';
export { VoiceSink, type VoiceSinkOptions } from './voice-sink.ts';
export { type Played, type PlayOptions, VoiceSource, type VoiceSourceOptions } from './voice-source.ts';
export type { NodeSocketOptions } from './web-socket.ts';
