import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What a browser loads, as text. */
export interface AudioBundles {
  /** Puts `openChainNode` at `window.openChainNode`. */
  page: string;
  worklet: string;
  denoiseWorklet: string;
}

const folder = fileURLToPath(new URL('.', import.meta.url));

const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]!.text;
};

/** Bundles the page's part and both worklets as an application does. */
export const bundleAudio = async (): Promise<AudioBundles> => {
  const [page, worklet, denoiseWorklet] = await Promise.all([
    bundle(fileURLToPath(new URL('../../browser/audio-entry.ts', import.meta.url))),
    bundle('@partyline/audio/worklet'),
    bundle('@partyline/audio/denoise/worklet'),
  ]);
  return { page, worklet, denoiseWorklet };
};
