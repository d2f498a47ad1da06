// For codecs that are WebAssembly modules, in packages of their own.
export { frameLength } from '../option-checks.ts';
export { CodecInstance, type CodecOpening } from './codec-instance.ts';
export { type CodecModuleFile, loadCodecModule } from './codec-modules.ts';
export { WasmDecoder } from './wasm-decoder.ts';
export { WasmEncoder } from './wasm-encoder.ts';
