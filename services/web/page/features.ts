import type { MakeCallFeature } from './call-feature.ts';
import { chatFeature } from './chat/chat-feature.ts';
import { codecFeature } from './codec/codec-feature.ts';
import { lineFeature } from './line/line-feature.ts';
import { moderationFeature } from './moderation/moderation-feature.ts';
import { recordingFeature } from './recording/recording-feature.ts';
import { tonesFeature } from './tones/tones-feature.ts';

/** What calls offer beside talking, in the order of the side panel's tabs. */
export const features: readonly MakeCallFeature[] = [
  chatFeature,
  lineFeature,
  moderationFeature,
  recordingFeature,
  tonesFeature,
  codecFeature,
];
