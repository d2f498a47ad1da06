import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { type DashboardSource, dashboardOf } from './dashboard.ts';
import { directoryAndRedis } from './dashboards/directory-redis.ts';
import { edges } from './dashboards/edges.ts';
import { hops } from './dashboards/hops.ts';
import { overview } from './dashboards/overview.ts';
import { soak } from './dashboards/soak.ts';

const SOURCES: readonly DashboardSource[] = [overview, hops, edges, directoryAndRedis, soak];

export interface RenderOptions {
  /** Where descriptions of panels lead to; a path in this repository, unless given. */
  runbookUrl?: string;
}

/** Every dashboard, as Grafana imports it. */
export const dashboards = ({ runbookUrl = 'docs/runbook.md' }: RenderOptions = {}): Dashboard[] =>
  SOURCES.map((source) => dashboardOf(source, runbookUrl));

/** The text of every file of `deploy/grafana/dashboards`, by name. */
export const renderDashboards = (options?: RenderOptions): Map<string, string> =>
  new Map(
    dashboards(options).map((dashboard, index) => [
      `${SOURCES[index]!.name}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
