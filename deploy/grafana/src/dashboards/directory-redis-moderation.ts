import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofDirectories, rateBy } from '../series.ts';

const WEBHOOKS = 'Webhooks fail';
const PARTED = 'Regions cannot reach each other';

/** What is done to people in calls, and what is told to backends. */
export const moderation: Row = {
  title: 'Edges as directories see them, moderation, webhooks',
  panels: [
    lines(
      'Living edges',
      'short',
      {
        '{{directory}} sees in {{edge_region}}': max(
          `partyline_directory_edges${ofDirectories()}`,
          'directory',
          'edge_region',
        ),
      },
      {
        shows: 'Living edges of each region as directories see them.',
        good: 'as many as were started, the same in all directories.',
        otherwise: 'one is missing: it is dead, or cut off from its Redis. Directories differ: theirs is.',
        runbook: 'An edge is dead',
      },
    ),
    lines(
      'Moderation a second',
      'short',
      {
        '{{action}}, {{outcome}}': rateBy(
          'partyline_directory_moderations_total',
          ofDirectories(),
          'action',
          'outcome',
        ),
      },
      {
        shows: 'Moderation by what became of it.',
        good: 'applied alone; a few not found.',
        otherwise: 'pending: an edge or a region does not answer; it is carried out when it does.',
        runbook: PARTED,
      },
    ),
    lines(
      'Webhooks',
      'short',
      {
        '{{outcome}}, a second': rateBy('partyline_directory_webhooks_total', ofDirectories(), 'outcome'),
        pending: max(`partyline_directory_webhooks_pending${ofDirectories()}`),
        'log failures, a second': rateBy('partyline_directory_webhook_log_failures_total', ofDirectories()),
      },
      {
        shows:
          'Events given to receivers, and those that wait. Without `PARTYLINE_WEBHOOK_URLS` there are none.',
        good: 'delivered alone, nothing waits for long.',
        otherwise: 'failed: a receiver does not answer. Expired, overflow: events were given up.',
        runbook: WEBHOOKS,
      },
    ),
  ],
};

/** What waits, and what came of waiting. */
export const moderationDetails: Row = {
  title: 'Details: what waits in directories, questions to other regions',
  collapsed: true,
  panels: [
    lines(
      'Waiting',
      'short',
      {
        'orders for edges': max(`partyline_directory_orders_waiting${ofDirectories()}`),
        'older sessions': max(`partyline_directory_replacements_waiting${ofDirectories()}`),
        'moderation for regions': max(`partyline_directory_moderation_waiting${ofDirectories()}`),
      },
      {
        shows:
          'Orders that no edge has carried out, questions about older sessions, moderation that a region has not taken.',
        good: '0.',
        otherwise: 'do not restart that directory: what waits is in its memory alone.',
        runbook: PARTED,
      },
    ),
    lines(
      'What became of what waited, a second',
      'short',
      {
        'orders: {{outcome}}': rateBy('partyline_directory_order_retries_total', ofDirectories(), 'outcome'),
        'older sessions: {{outcome}}': rateBy(
          'partyline_directory_replacements_total',
          ofDirectories(),
          'outcome',
        ),
        'moderation: {{outcome}}': rateBy(
          'partyline_directory_moderation_retries_total',
          ofDirectories(),
          'outcome',
        ),
        'moderation restored': rateBy('partyline_directory_moderation_restored_total', ofDirectories()),
      },
      {
        shows:
          'Orders, replacements and moderation that did not get through at once, by what became of them.',
        good: '0 outside of restarts and partings.',
        otherwise: 'given up: give the order again.',
        runbook: PARTED,
      },
    ),
    lines(
      'Questions to other regions a second',
      'short',
      {
        '{{asked_region}}, {{outcome}}': rateBy(
          'partyline_directory_region_questions_total',
          ofDirectories(),
          'asked_region',
          'outcome',
        ),
      },
      {
        shows: 'Questions to registries of other regions. With one region there are none.',
        good: 'answered alone.',
        otherwise: "failed, not_asked: that region's Redis cannot be reached from here.",
        runbook: PARTED,
      },
    ),
    lines(
      'Registry errors a second',
      'short',
      { '{{code}}': rateBy('partyline_directory_registry_errors_total', ofDirectories(), 'code') },
      {
        shows: 'Requests that the registry refused or did not answer.',
        good: 'not_found and conflicts of API users alone.',
        otherwise: 'unavailable: Redis.',
        runbook: 'Redis of a region is gone',
      },
    ),
    lines(
      'Sweeps and events',
      'short',
      {
        'sweeps that failed, a second': rateBy('partyline_directory_sweep_failures_total', ofDirectories()),
        'events dropped, a second': rateBy('partyline_directory_events_dropped_total', ofDirectories()),
      },
      {
        shows: 'Sweeps of what has run out that did not get through, and events that nobody took in time.',
        good: '0.',
        otherwise: 'sweeps: Redis. Events: webhooks do not get away.',
        runbook: WEBHOOKS,
      },
    ),
    lines(
      'CPU and memory of directories',
      'short',
      {
        '{{directory}}, cores': rateBy('process_cpu_seconds_total', ofDirectories(), 'directory'),
        '{{directory}}, GB': `${max(`process_resident_memory_bytes${ofDirectories()}`, 'directory')} / 1e9`,
        '{{directory}}, event-loop lag p99 (s)': max(
          `nodejs_eventloop_lag_p99_seconds${ofDirectories()}`,
          'directory',
        ),
      },
      {
        shows: 'Cores and memory that directories use, and how late they come to what is to be done.',
        good: 'well below a core.',
        otherwise: 'start another directory.',
        runbook: 'No directory answers',
      },
    ),
  ],
};
