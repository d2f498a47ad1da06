import type { FieldHistogram, Metrics } from '@partyline/telemetry';

/** How long joins take, as far as an edge sees or hears of it; the first stage, `directory`, is measured there. */
export class JoinDurations {
  /** Hello received to welcome sent. */
  readonly welcome: FieldHistogram;
  /** Hello received to ready sent. */
  readonly ready: FieldHistogram;
  /** Call of join in the client to the first frame heard there; the client's word. */
  readonly firstFrame: FieldHistogram;

  constructor(metrics: Pick<Metrics, 'joinDuration'>) {
    this.welcome = metrics.joinDuration({ stage: 'welcome', source: 'edge' });
    this.ready = metrics.joinDuration({ stage: 'ready', source: 'edge' });
    this.firstFrame = metrics.joinDuration({ stage: 'first_frame', source: 'client' });
  }
}
