import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 268_435_456;
const TIMEOUT_MS = 300_000;

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

/** Runs FFmpeg with something on its standard input. @returns what it wrote to its standard output @throws Error with what it said */
export function ffmpeg(args: readonly string[], input?: Buffer): Promise<Buffer> {
  const options = { timeout: TIMEOUT_MS, encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES } as const;
  return new Promise((resolve, reject) => {
    const child = execFile('ffmpeg', ['-v', 'error', ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.toString().trim() || error.message, { cause: error }));
    });
    child.stdin!.end(input);
  });
}
