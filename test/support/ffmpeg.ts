import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 268_435_456;

/** What FFmpeg made of a file: mono, 48 kHz. */
export interface Decoded {
  pcm: Float32Array;
  seconds: number;
  /** What it complained of. */
  complaints: string[];
}

/** Decodes a file with FFmpeg's own decoders, as a player does that knows nothing of who wrote it. */
export const decodeByFfmpeg = async (path: string): Promise<Decoded> => {
  const words = ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-'];
  const { stdout, stderr } = await run('ffmpeg', words, { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES });
  const pcm = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  const complaints = stderr
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { pcm, seconds: pcm.length / 48_000, complaints };
};
