import { type Grade, worseGrade } from './budgets.ts';
import { percentText, secondsText } from './figures.ts';
import type { LaneReading } from './lane-reading.ts';
import type { EdgeRow, StatusSnapshot } from './snapshot.ts';

/** Where voice is late or lost, in words. */
export interface Verdict {
  /** `idle` when there is nothing to judge, `bad` also when nothing can be known. */
  grade: Grade;
  /** One sentence. */
  headline: string;
  /** What else is worth knowing, a sentence each. */
  remarks: string[];
}

/** @param lanes of the last half minute, in the order of the way; empty while there are no figures yet */
export const verdictOf = (
  snapshot: Pick<StatusSnapshot, 'problem' | 'edges' | 'regions'>,
  lanes: readonly LaneReading[],
): Verdict => {
  const remarks = edgeRemarks(snapshot.edges);
  const only = (grade: Grade, headline: string): Verdict => ({ grade, headline, remarks });
  if (snapshot.problem !== undefined) return only('bad', snapshot.problem);
  const edges = snapshot.regions.reduce((total, region) => total + region.edges, 0);
  const answering = snapshot.regions.reduce((total, region) => total + region.answering, 0);
  if (edges === 0) return only('bad', 'No edge is alive: nobody can join.');
  if (answering === 0) return only('bad', `Nothing is known: none of ${edges} edges answers.`);
  if (lanes.length === 0) return only('idle', 'Collecting: the first figures come in a few seconds.');
  if (lanes.every(({ grade }) => grade === 'idle')) return only('idle', 'Quiet: nobody speaks now.');

  const troubles = lanes.flatMap(troublesOf);
  const bad = troubles.filter(({ grade }) => grade === 'bad');
  const watch = troubles.filter(({ grade }) => grade === 'watch');
  const parts = (list: readonly Trouble[]): Trouble[] => {
    // The whole way is late because a part of it is: that part is what to name.
    const ofParts = list.filter(({ hop }) => hop !== 'mouth_to_ear');
    return ofParts.length > 0 ? ofParts : [...list];
  };
  if (bad.length > 0) {
    const [first, ...more] = parts(bad);
    return {
      grade: 'bad',
      headline: `${first!.text}.`,
      remarks: [...more.map(({ text }) => `${text}.`), ...watch.map(({ text }) => `${text}.`), ...remarks],
    };
  }
  if (watch.length > 0) {
    return {
      grade: 'watch',
      headline: `Voice is fair: ${wholeWay(lanes)}.`,
      remarks: [...parts(watch).map(({ text }) => `${text}.`), ...remarks],
    };
  }
  return {
    grade: snapshot.edges.some((edge) => edge.state !== 'answers') ? worseGrade('good', 'watch') : 'good',
    headline: `Voice is good: ${wholeWay(lanes)}.`,
    remarks,
  };
};

interface Trouble {
  hop: string;
  grade: Grade;
  text: string;
}

const troublesOf = (lane: LaneReading): Trouble[] => {
  const { hop, title, p95Seconds, lostShare, lost } = lane;
  const troubles: Trouble[] = [];
  if (lane.latencyGrade === 'bad' || lane.latencyGrade === 'watch') {
    const text = `Late on ${title}: p95 ${secondsText(p95Seconds)}`;
    troubles.push({ hop, grade: lane.latencyGrade, text });
  }
  if (lane.lossGrade === 'bad' || lane.lossGrade === 'watch') {
    const reason = lost[0]?.[0].replaceAll('_', ' ');
    const why = reason === undefined || reason === 'lost' ? '' : ` (${reason})`;
    troubles.push({
      hop,
      grade: lane.lossGrade,
      text: `Lost on ${title}: ${percentText(lostShare)} of the frames${why}`,
    });
  }
  return troubles;
};

const wholeWay = (lanes: readonly LaneReading[]): string => {
  const whole = lanes.find(({ hop }) => hop === 'mouth_to_ear');
  const [worst] = [...lanes].sort((one, other) => other.lostShare - one.lostShare);
  const lost =
    worst === undefined || worst.lostShare === 0
      ? '0 % lost'
      : `at most ${percentText(worst.lostShare)} lost on a hop (${worst.title})`;
  return whole?.p95Seconds === undefined
    ? `every hop that is measured is within its budget, ${lost}; no client reports mouth to ear`
    : `mouth to ear p95 ${secondsText(whole.p95Seconds)}, ${lost}`;
};

const edgeRemarks = (edges: readonly EdgeRow[]): string[] => {
  const remarks: string[] = [];
  const named = (list: readonly EdgeRow[]): string => {
    const names = list.slice(0, 3).map(({ edge }) => edge);
    return list.length > 3 ? `${names.join(', ')} and ${list.length - 3} more` : names.join(', ');
  };
  const say = (list: readonly EdgeRow[], one: string, many: string): void => {
    if (list.length > 0) remarks.push(`${named(list)} ${list.length === 1 ? one : many}.`);
  };
  say(
    edges.filter(({ state }) => state === 'silent' || state === 'unreachable'),
    'does not answer',
    'do not answer',
  );
  say(
    edges.filter(({ state }) => state === 'refused'),
    'tells no figures: an older version, or too busy',
    'tell no figures: older versions, or too busy',
  );
  say(
    edges.filter(({ gauges }) => gauges.draining),
    'drains',
    'drain',
  );
  say(
    edges.filter(({ gauges }) => hasDown(gauges.bus)),
    'has no bus: people there hear only each other',
    'have no bus: people there hear only each other',
  );
  say(
    edges.filter(({ gauges }) => hasDown(gauges.redis)),
    'has lost a Redis for state: calls go on, joins may not',
    'have lost a Redis for state: calls go on, joins may not',
  );
  return remarks;
};

const hasDown = (ups: Record<string, boolean> | undefined): boolean =>
  ups !== undefined && Object.values(ups).includes(false);
