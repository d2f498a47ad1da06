import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readSpeech } from '@partyline/audio/node';
import { spawnSoundStream } from './sound-stream.ts';

/**
 * What lies ready at the sound server, in ms: a test that is busy for a moment leaves no hole. Nobody waits for it, as
 * what is said when is told by a recording.
 */
const READY_MS = 500;

/**
 * A file played over and over at a loudspeaker of the sound server, as one stream that never ends: a stream that comes
 * or goes changes the pace of the loudspeaker, and whoever records there hears holes.
 */
export class LoopedSound {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pcm: Buffer) {
    this.#child = child;
    // It never ends by itself: stopping breaks the pipe, as it should.
    pipeline(Readable.from(overAndOver(pcm)), child.stdin!).catch(() => undefined);
  }

  /** @param path a WAV file of 48 kHz */
  static async play(
    path: string,
    loudspeaker: string,
    env: Readonly<Record<string, string>>,
  ): Promise<LoopedSound> {
    const samples = await readSpeech(await readFile(path));
    const pcm = Buffer.from(Int16Array.from(samples, (sample) => Math.round(32_767 * sample)).buffer);
    const command = ['pacat', '--playback', `--device=${loudspeaker}`, `--latency-msec=${READY_MS}`];
    return new LoopedSound(spawnSoundStream(command, env, ['pipe', 'ignore', 'inherit']), pcm);
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}

function* overAndOver(pcm: Buffer): Generator<Buffer> {
  for (;;) yield pcm;
}
