import { fieldHistogramMetric } from './field-histogram-metric.ts';

/** From what a join takes beside its edge to what nobody waits for. */
const BOUNDS_SECONDS = [
  0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20,
  30,
];

/** A part of a join, and who measured it. */
export interface JoinStage {
  /**
   * `directory`: request to answer. `welcome` and `ready`: from the hello at the edge on. `first_frame`: from the
   * call of join in the client to the first frame heard.
   */
  stage: 'directory' | 'welcome' | 'ready' | 'first_frame';
  source: 'directory' | 'edge' | 'client';
}

/** The metric `partyline_join_duration_seconds`. */
export const joinDurationMetric = () =>
  fieldHistogramMetric<keyof JoinStage>({
    name: 'partyline_join_duration_seconds',
    help: 'Joins that got so far, by stage: directory is request to answer, welcome and ready are from the hello on, first_frame from the call of join in the client to the first frame heard.',
    labelNames: ['stage', 'source'],
    boundsSeconds: BOUNDS_SECONDS,
  });
