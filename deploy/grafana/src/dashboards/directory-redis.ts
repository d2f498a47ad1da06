import type { DashboardSource } from '../dashboard.ts';
import { directoryVariable, edgeVariable } from '../variables.ts';
import { bundles } from './directory-redis-bundles.ts';
import { busDetails, busHealth } from './directory-redis-bus.ts';
import { moderation, moderationDetails } from './directory-redis-moderation.ts';
import { recording } from './directory-redis-recording.ts';
import { placement } from './directory-redis-requests.ts';
import { redis } from './directory-redis-servers.ts';

/** Who gets in and where, and the servers that everybody shares. */
export const directoryAndRedis: DashboardSource = {
  name: 'directory-redis',
  uid: 'directory',
  title: 'Directory and Redis',
  description: 'Who gets in and where to, moderation and webhooks, and the Redis servers of state and bus.',
  variables: [directoryVariable(), edgeVariable()],
  rows: [placement, moderation, redis, busHealth, bundles, recording, moderationDetails, busDetails],
};
