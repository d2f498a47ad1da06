import type { ChildProcess } from 'node:child_process';
import { nowMs } from '../support/raw-client.ts';
import type { TapBlock } from './page-taps.ts';
import { SOUND_RATE, spawnSoundStream } from './sound-stream.ts';
import { joinBlocks, type Timeline } from './timeline.ts';

/** What the sound server hands over at once, in ms: short, for a block's time is that of its arrival. */
const BLOCK_MS = 10;

/** What passes at a source of the sound server, and when: `parec`, read as it comes. */
export class SoundRecording {
  readonly #blocks: TapBlock[] = [];
  readonly #child: ChildProcess;
  #odd = Buffer.alloc(0);

  constructor(source: string, env: Readonly<Record<string, string>>) {
    const command = ['parec', `--device=${source}`, `--latency-msec=${BLOCK_MS}`];
    this.#child = spawnSoundStream(command, env, ['ignore', 'pipe', 'inherit']);
    this.#child.stdout!.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  /** Everything so far. */
  get timeline(): Timeline {
    // The server leaves nothing out: a block that comes late is one that this process took late.
    return joinBlocks(this.#blocks, Number.POSITIVE_INFINITY);
  }

  #take(bytes: Buffer): void {
    const whole = Buffer.concat([this.#odd, bytes]);
    const count = whole.length >> 1;
    this.#odd = Buffer.from(whole.subarray(2 * count));
    if (count === 0) return;
    const samples = new Int16Array(count);
    for (let i = 0; i < count; i++) samples[i] = whole.readInt16LE(2 * i);
    const endsAtMs = nowMs();
    this.#blocks.push({
      startsAtMs: endsAtMs - (1_000 * count) / SOUND_RATE,
      sampleRate: SOUND_RATE,
      samples,
    });
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}
