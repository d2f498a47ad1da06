import type { GroupOf, RecordingRule } from '../rule.ts';
import { capacity } from './capacity.ts';
import { engines } from './engines.ts';
import { goodVoice } from './good-voice.ts';
import { hopLatency } from './hop-latency.ts';
import { hopLoss } from './hop-loss.ts';
import { joins } from './joins.ts';

export const RECORDING_GROUPS: readonly GroupOf<RecordingRule>[] = [
  hopLatency,
  hopLoss,
  goodVoice,
  capacity,
  joins,
  engines,
];
