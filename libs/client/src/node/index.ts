export * from './network.ts';
export * from './prepare-voice.ts';
export * from './voice-sink.ts';
export * from './voice-source.ts';
