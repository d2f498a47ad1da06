import type { AlertRule, GroupOf } from '../rule.ts';

const SHARE = '{{ $value | humanizePercentage }}';
const HERE = '{{ $labels.region }} of {{ $labels.cluster }}';
const EDGE = `Edge {{ $labels.edge }} (${HERE})`;
const START = 'an-edge-does-not-start-or-is-not-ready';

const shared = { severity: 'ticket', dashboard: 'edges' } as const;

/** Edges: there, known, not too full, and getting rid of people when they should. */
export const edgeAlerts: GroupOf<AlertRule> = (span) => {
  const moves = (outcome: string): string =>
    `sum by (cluster, region) (increase(partyline_moves_total{outcome="${outcome}"}[${span(15)}]))`;
  return {
    name: 'partyline-edge-alerts',
    rules: [
      {
        ...shared,
        alert: 'PartylineEdgeDown',
        expr: 'up{job="partyline-edge"} == 0',
        forMinutes: 2,
        summary: `${EDGE} does not answer Prometheus.`,
        description: 'Its operations port is not there: the process is dead, its node is gone, or it hangs.',
        runbook: 'an-edge-is-dead',
      },
      {
        ...shared,
        alert: 'PartylineRegionWithoutEdges',
        expr: 'max by (cluster, edge_region) (partyline_directory_edges) == 0',
        forMinutes: 2,
        severity: 'page',
        summary:
          'Directories of {{ $labels.cluster }} know no living edge of region {{ $labels.edge_region }}.',
        description: 'Joins for that region go to another one, or get 503 where there is none.',
        runbook: START,
      },
      {
        ...shared,
        alert: 'PartylineEdgeSaturated',
        expr: 'partyline_edge_load > 0.85',
        forMinutes: 10,
        summary: `${EDGE} is ${SHARE} full.`,
        description:
          'The worse of connections and CPU; over 0.85 frames begin to wait. Rooms are moved away by themselves if another edge has room.',
        runbook: 'rooms-are-moved-because-of-load',
      },
      {
        ...shared,
        alert: 'PartylineRegionSaturated',
        expr: 'partyline:edge_load:min > 0.85',
        forMinutes: 5,
        severity: 'page',
        summary: `Every edge of ${HERE} is full: the emptiest is at ${SHARE}.`,
        description: 'There is nowhere to move rooms to; the next joins go to other regions or are refused.',
        runbook: 'rooms-are-moved-because-of-load',
      },
      {
        ...shared,
        alert: 'PartylineEventLoopLag',
        expr: `avg_over_time(partyline_edge_event_loop_lag_seconds[${span(5)}]) > 0.05`,
        forMinutes: 5,
        summary: `${EDGE} is late by {{ $value | humanizeDuration }} with everything it does.`,
        description: 'The event loop is over 50 ms late on average: each frame through this edge is.',
        runbook: 'a-hop-is-late-edge',
      },
      {
        ...shared,
        alert: 'PartylineListenersPaused',
        expr: 'partyline:listeners_paused:ratio > 0.05 and partyline:participants:sum >= 20',
        forMinutes: 10,
        summary: `${SHARE} of the people on edges of ${HERE} are paused.`,
        description:
          'They do not take what is sent to them. Many at once have a cause in common: a network, an ingress, an edge that sends too late.',
        runbook: 'a-hop-loses-frames-downlink',
      },
      {
        ...shared,
        alert: 'PartylineDrainStuck',
        expr: 'partyline_edge_draining == 1 and on (cluster, region, edge) partyline_edge_connections > 0',
        forMinutes: 5,
        summary: `${EDGE} has been draining for minutes and still has people.`,
        description: 'A drain is over after its window, 20 s unless set, and whoever is left is closed.',
        runbook: 'an-edge-stays-draining',
      },
      {
        ...shared,
        alert: 'PartylineMovesOverdue',
        expr: `${moves('overdue')} / (${moves('told')} > 0) > 0.1`,
        forMinutes: 0,
        summary: `${SHARE} of those who were to move were closed instead (${HERE}).`,
        description:
          'They did not get to another edge within the window, and heard a break. It is 0 as a rule.',
        runbook: 'an-edge-stays-draining',
      },
      {
        ...shared,
        alert: 'PartylineEdgeWithoutTicketKeys',
        expr: 'partyline_edge_ticket_keys_known == 0',
        forMinutes: 2,
        summary: `${EDGE} cannot check tickets.`,
        description: 'No directory has told it the keys, so it is not ready.',
        runbook: START,
      },
      {
        ...shared,
        alert: 'PartylineEdgeRegionUnknown',
        expr: 'partyline_edge_region_known == 0',
        forMinutes: 2,
        summary: `${EDGE} is in a region that the directories do not know.`,
        description: 'It is ready, and nobody is ever sent to it.',
        runbook: START,
      },
      {
        ...shared,
        alert: 'PartylineEdgeIdTaken',
        expr: `increase(partyline_edge_id_taken_total[${span(5)}]) > 0`,
        forMinutes: 1,
        summary: `${EDGE} has the id of another one that is alive.`,
        description: 'Nobody is placed on it until each has an id of its own.',
        runbook: START,
      },
    ],
  };
};
