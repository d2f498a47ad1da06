import type { CodecModuleFile } from './module-source.ts';
import modules from './modules.json' with { type: 'json' };

const fileOf = (codec: string, { file, sha256 }: { file: string; sha256: string }): CodecModuleFile => ({
  codec,
  file,
  sha256,
});

/** The WebAssembly modules of this package's own codecs, by the codec: what a server of modules may serve. */
export const CODEC_MODULES = {
  speex: fileOf('Speex', modules.speex),
  g722: fileOf('G.722', modules.g722),
} as const;
