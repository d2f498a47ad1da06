import type { Span } from './span.ts';

/** A series that Prometheus computes and keeps. */
export interface RecordingRule {
  /** level:metric:operation */
  record: string;
  expr: string;
  /** Added to what `expr` returns. */
  labels?: Readonly<Record<string, string>>;
}

/** `page` wakes somebody: people hear it now. `ticket` is looked at in working hours. */
export type Severity = 'page' | 'ticket';

/** Dashboards that alerts point at. */
export type Dashboard = 'overview' | 'hops' | 'edges' | 'directory';

export interface AlertRule {
  /** Begins with `Partyline`, as a Prometheus is shared with others. */
  alert: string;
  expr: string;
  /** How long it must hold, in minutes of production; 0 fires at once. */
  forMinutes: number;
  severity: Severity;
  /** One line, with templates. */
  summary: string;
  /** What it means, with figures. */
  description: string;
  /** Anchor of the section of docs/runbook.md. */
  runbook: string;
  dashboard: Dashboard;
}

/** Rules that are evaluated one after the other, so that later ones see what earlier ones recorded. */
export interface RuleGroup<Rule> {
  name: string;
  rules: readonly Rule[];
}

/** A group whose ranges depend on the time scale. */
export type GroupOf<Rule> = (span: Span) => RuleGroup<Rule>;
