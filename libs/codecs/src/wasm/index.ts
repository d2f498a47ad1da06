// For codecs that are WebAssembly modules, in packages of their own.
export { frameLength } from '../option-checks.ts';
export { PacketDecoder } from '../packet-decoder.ts';
export { PacketEncoder } from '../packet-encoder.ts';
export { CodecInstance, type CodecOpening } from './codec-instance.ts';
export { loadCodecModule } from './load-codec-module.ts';
export type { CodecModuleFile } from './module-source.ts';
