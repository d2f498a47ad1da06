export * from './close-codes.ts';
export * from './control.ts';
export * from './ids.ts';
export * from './join.ts';
export * from './media.ts';
export { MAX_GAPS, MAX_TRACED_FRAMES, type StreamReport, type TracedFrame } from './report.ts';
export * from './serial.ts';
export * as shape from './shape.ts';
export * from './tracing.ts';
