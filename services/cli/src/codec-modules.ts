import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodableCodecs } from '@partyline/client';
import {
  CodecError,
  createDecoder,
  registerCodec,
  type VoiceCodec,
  type VoiceFormat,
} from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import type { Output } from './console.ts';

/** Under the GPL: named here, and loaded where it is installed; nothing of it is part of this package. */
const G729_PACKAGE = '@partyline/codecs-g729';
const BUILD = fileURLToPath(new URL('../../../scripts/codecs.ts', import.meta.url));

/** Makes codecs of packages that may be installed beside this one known. */
const registerInstalled = async (): Promise<void> => {
  try {
    const { g729 } = (await import(G729_PACKAGE)) as { g729: VoiceCodec<'g729'> };
    registerCodec(g729);
  } catch {
    // Whoever asks for it is told how to get it.
  }
};

/** What can be decoded with all that is installed here. */
export const installedCodecs = async (): Promise<CodecFormat[]> => {
  await registerInstalled();
  return decodableCodecs();
};

/**
 * Makes a codec ready; if its WebAssembly module has not been built yet, builds it, which takes a minute.
 * @throws CodecError `unknown_codec`, `engine_unavailable`
 */
export const prepareCodec = async ({ codec, options }: VoiceFormat, output: Output): Promise<void> => {
  await registerInstalled();
  const tryIt = async (): Promise<void> => (await createDecoder(codec, options, () => {})).close();
  try {
    await tryIt();
  } catch (error) {
    const isMissing = error instanceof CodecError && error.code === 'engine_unavailable';
    if (!isMissing || !existsSync(BUILD)) throw error;
    output.note(`Building the module of ${codec} (once) …`);
    await build(output);
    await tryIt();
  }
};

/** What cannot be built is said by the build, and then by whoever needs it. */
const build = (output: Output): Promise<void> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', BUILD], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => output.note(text.trimEnd()));
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
