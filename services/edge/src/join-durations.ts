import type { FieldHistogram, Metrics } from '@partyline/telemetry';

const BOUNDS_SECONDS = [
  0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20,
  30,
];

/** How long joining takes, by stage; the first one, `directory`, is measured there. */
export class JoinDurations {
  /** From hello to welcome. */
  readonly welcome: FieldHistogram;
  /** From hello to ready. */
  readonly ready: FieldHistogram;
  /** From the client's call to join to the first frame that it heard, by its own word. */
  readonly firstFrame: FieldHistogram;

  constructor(metrics: Metrics) {
    const joins = metrics.histogram({
      name: 'partyline_join_duration_seconds',
      help: 'Time that a stage of joining took.',
      labelNames: ['stage', 'source'],
      boundsSeconds: BOUNDS_SECONDS,
    });
    this.welcome = joins.series({ stage: 'welcome', source: 'edge' });
    this.ready = joins.series({ stage: 'ready', source: 'edge' });
    this.firstFrame = joins.series({ stage: 'first_frame', source: 'client' });
  }
}
