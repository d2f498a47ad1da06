export { alertRules, type RenderOptions, recordingRules, renderRules } from './render.ts';
export type { AlertRule, RecordingRule, Severity } from './rule.ts';
