import type { Row } from '../layout.ts';
import { latencyPanels } from '../panels/lane.ts';
import { query } from '../panels/query.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofEdges, rateBy } from '../series.ts';
import { FRAMES, LOST } from '../voice-hops.ts';

/** The matchers of the pair of regions that the row is repeated for. */
const PAIR = '${pair:raw}';
const ofPair = (...matchers: readonly string[]): string => ofEdges('hop="bus"', PAIR, ...matchers);

const received = rateBy(FRAMES, ofPair('direction="in"'));
const givenUp = rateBy(LOST, ofPair());
const sent = rateBy(FRAMES, ofPair('direction="out"'));

/** What edges find missing they count by the region of arrival alone; the `and` keeps the one of this pair. */
const found = (...labels: readonly string[]): string => {
  const reasons = 'reason=~"lost|late|unknown_room|too_many_streams"';
  const anywhere = rateBy(LOST, ofEdges('hop="bus"', reasons), 'to_region', ...labels);
  return `${anywhere} and on (to_region) ${rateBy(FRAMES, ofPair('direction="in"'), 'to_region')}`;
};

/** Between edges, once for each pair of regions. */
export const busLane: Row = {
  title: '4  Bus: first edge → other edges, $pair',
  repeat: 'pair',
  panels: [
    ...latencyPanels({
      hop: 'bus',
      latency: ['hop="bus"', PAIR],
      advice: {
        good: "within a region below 10 ms; between regions the way's delay and a little.",
        otherwise:
          'both directions and all pairs of a region: its Redis is slow. One pair: the way between the two regions. One direction by a standing amount: clocks.',
        runbook: 'A hop is late: bus',
      },
    }),
    timeSeries({
      title: 'Bus: lost by reason',
      advice: {
        shows:
          'The share of frames that were given up before sending (dropped_full, dropped_away, dropped_old) or found missing or of no use on arrival (lost, late, unknown_room, too_many_streams).',
        good: '0.',
        otherwise:
          'dropped_full: Redis answers too slowly. dropped_away: it is gone. Lost: a subscriber was cut off. Late: older than 300 ms.',
        runbook: 'A hop loses frames: bus',
      },
      unit: 'percentunit',
      queries: [
        query(
          `${rateBy(LOST, ofPair(), 'reason')} / on () group_left () (${sent} + ${givenUp})`,
          '{{reason}}, before sending',
        ),
        query(
          `sum by (reason) (${found('reason')}) / on () group_left () (${received} + sum(${found()}))`,
          '{{reason}}, on arrival from any region',
        ),
      ],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Bus: frames a second',
      advice: {
        shows:
          "Frames that edges gave to the bus and that came out of it. A room's channel goes to several edges, so more may come out.",
        good: 'as much comes out as goes in, or more.',
        otherwise: 'less comes out: see the reasons beside it.',
        runbook: 'A hop loses frames: bus',
      },
      unit: 'short',
      queries: [query(rateBy(FRAMES, ofPair(), 'direction'), '{{direction}}')],
      width: 5,
    }),
  ],
};
