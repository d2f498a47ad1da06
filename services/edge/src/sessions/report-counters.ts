/** How a stretch of voice was for the listener who reports on it. */
export type Verdict = 'good' | 'late' | 'broken';

/** What clients say of themselves in receiver reports, clamped. Nothing is steered by it. */
export class ReportCounters {
  reports = 0;
  /** Reports left out, as they came too often. */
  refused = 0;
  /** Frames of all speakers that listeners received; … */
  receivedFrames = 0;
  /** … that they found missing in speakers' numbering, wherever those were lost; … */
  missingFrames = 0;
  /** … and that came too late to be played. */
  lateFrames = 0;
  /** Frames that speakers dropped before sending. */
  droppedFrames = 0;
  /** Voice heard, by how it was. */
  readonly heardMs: Record<Verdict, number> = { good: 0, late: 0, broken: 0 };
  /** Voice invented to bridge gaps. */
  concealedMs = 0;
}
