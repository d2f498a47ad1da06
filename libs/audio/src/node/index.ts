export { resample } from '../resampling/resampler.ts';
export { AudioFileError, type AudioFileErrorCode } from './errors.ts';
export { readSpeech, readWav, type WavSound } from './wav-reader.ts';
export { WavWriter, type WavWriterOptions } from './wav-writer.ts';
