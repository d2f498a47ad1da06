import type { AlertRule, GroupOf } from '../rule.ts';
import { directoryAlerts } from './directories.ts';
import { edgeAlerts } from './edges.ts';
import { engineAlerts } from './engines.ts';
import { goodVoiceAlerts } from './good-voice.ts';
import { hopLatencyAlerts } from './hop-latency.ts';
import { hopLossAlerts } from './hop-loss.ts';

export const ALERT_GROUPS: readonly GroupOf<AlertRule>[] = [
  goodVoiceAlerts,
  hopLatencyAlerts,
  hopLossAlerts,
  engineAlerts,
  edgeAlerts,
  directoryAlerts,
];
