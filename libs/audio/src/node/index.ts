export { AudioFileError, type AudioFileErrorCode } from './errors.ts';
export { Resampler, resample } from './resampler.ts';
export { readSpeech, readWav, type WavSound } from './wav-reader.ts';
export { WavWriter, type WavWriterOptions } from './wav-writer.ts';
