import type { RecordingProgress } from '@partyline/recording';
import type { Metrics } from '@partyline/telemetry';
import type { Session } from './session.ts';

/** What a recorder counts. */
export class RecorderMetrics {
  readonly #outcomes = { begun: 0, done: 0, failed: 0 };
  readonly #past = { seconds: 0, bytes: 0, lostFrames: 0, unusedFrames: 0 };
  readonly #running: () => readonly Session[];

  constructor(metrics: Metrics, running: () => readonly Session[]) {
    this.#running = running;
    const counter = (name: string, help: string, value: () => number): void => {
      metrics.counter({ name, help, labelNames: [], collect: () => [{ labels: {}, value: value() }] });
    };
    metrics.counter({
      name: 'partyline_recorder_recordings_total',
      help: 'Recordings that began, that ended complete, and that failed or could not begin.',
      labelNames: ['outcome'],
      collect: () =>
        Object.entries(this.#outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
    });
    counter('partyline_recorder_recorded_seconds_total', 'Time recorded, all recordings together.', () =>
      this.#total('seconds'),
    );
    counter('partyline_recorder_stored_bytes_total', 'Bytes of all files.', () => this.#total('bytes'));
    counter(
      'partyline_recorder_frames_lost_total',
      'Frames of speakers that never came, and were concealed.',
      () => this.#total('lostFrames'),
    );
    counter(
      'partyline_recorder_frames_unused_total',
      'Frames that came too late, or hold no Opus that could be recorded.',
      () => this.#total('unusedFrames'),
    );
  }

  began(): void {
    this.#outcomes.begun += 1;
  }

  failed(): void {
    this.#outcomes.failed += 1;
  }

  ended(progress: RecordingProgress): void {
    this.#outcomes[progress.state === 'failed' ? 'failed' : 'done'] += 1;
    for (const key of KEYS) this.#past[key] += progress[key];
  }

  #total(key: (typeof KEYS)[number]): number {
    return this.#running().reduce((sum, { progress }) => sum + progress[key], this.#past[key]);
  }
}

const KEYS = ['seconds', 'bytes', 'lostFrames', 'unusedFrames'] as const;
