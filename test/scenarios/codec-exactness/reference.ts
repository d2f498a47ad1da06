import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ffmpeg } from '../../support/ffmpeg.ts';

const SCRIPT = fileURLToPath(new URL('reference.py', import.meta.url));
const TIMEOUT_MS = 300_000;

/** A packet, and what became of it: decoded, or concealed where it was lost. */
export interface ReferencePacket {
  /** Empty where nothing needs sending. */
  readonly payload: Uint8Array;
  readonly samples: Int16Array;
}

/** What a library is to do. */
export interface ReferenceJob {
  /** Raw 16-bit samples of the codec's rate. */
  readonly pcm: string;
  readonly lost: readonly number[];
  readonly [option: string]: unknown;
}

/** Has the distribution's libraries encode and decode. @throws Error with what Python said */
export async function byLibrary(jobs: readonly ReferenceJob[], folder: string): Promise<ReferencePacket[][]> {
  const files = jobs.map((_, index) => join(folder, `reference-${index}.bin`));
  const input = JSON.stringify(jobs.map((job, index) => ({ ...job, out: files[index] })));
  await new Promise<void>((resolve, reject) => {
    const child = execFile('python3', [SCRIPT], { timeout: TIMEOUT_MS }, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim() || error.message, { cause: error }));
    });
    child.stdin!.end(input);
  });
  return Promise.all(files.map(async (file) => packetsOf(await readFile(file))));
}

function packetsOf(bytes: Buffer): ReferencePacket[] {
  const packets: ReferencePacket[] = [];
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const payload = new Uint8Array(take(take(2).readUInt16LE()));
    const samples = new Int16Array(new Uint8Array(take(2 * take(2).readUInt16LE())).buffer);
    packets.push({ payload, samples });
  }
  return packets;
}

/** Has FFmpeg encode G.722 and decode it again. @throws Error with what FFmpeg said */
export async function byFfmpeg(pcm: string): Promise<{ encoded: Uint8Array; decoded: Int16Array }> {
  const raw = ['-f', 's16le', '-ar', '16000', '-ac', '1'];
  const encoded = await ffmpeg([...raw, '-i', pcm, '-c:a', 'g722', '-f', 'g722', 'pipe:1']);
  const decoded = await ffmpeg(['-f', 'g722', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'], encoded);
  return { encoded: new Uint8Array(encoded), decoded: new Int16Array(new Uint8Array(decoded).buffer) };
}
