import { distance32 } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { MAX_ROUND_TRIP_MS, OVERDUE_AFTER_MS, PAUSE_BUFFERED_BYTES, STUCK_AFTER_MS } from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import type { ListenerFlow, Session } from '../sessions/session.ts';
import type { Topic } from './topic.ts';

/**
 * Keeps every listener's picture of its topic: what was acknowledged, whether it is paused. Late voice is not
 * sent: who has not acknowledged for half a second (and its round trip, for what is under way is not waiting) gets
 * nothing until it has caught up (protocol rules 40 to 43).
 * The books balance: frames offered = acknowledged + lost for one reason + under way. What a client says never came is
 * lost for the reason `gap` and not acknowledged (rule 45).
 */
export class FlowControl {
  readonly #counters: EdgeCounters;
  /** Listeners that are paused now. */
  paused = 0;

  constructor(counters: EdgeCounters) {
    this.#counters = counters;
  }

  /** Gives a listener its topic, from the next message on. */
  attach(session: Session, room: Room, topic: Topic): void {
    const shared = topic === room.topic;
    session.flow = {
      topic,
      shared,
      ackedSequence: topic.sequence,
      ackedFrames: topic.frames,
      paused: false,
      pausedSequence: 0,
      pausedFrames: 0,
      pausedAtMs: 0,
      // Not known before the first acknowledgement, which must not come too late for a long path.
      roundTripMs: MAX_ROUND_TRIP_MS,
    };
    // Sent before subscribing, and in any case before anything is published: nothing comes in between.
    session.send({ type: 'subscribed', topic: topic.id, sequence: topic.sequence, skippedFrames: 0 });
    if (shared) {
      room.listening += 1;
      room.attached += 1;
      session.connection.subscribe(room.mediaTopic);
    } else {
      room.lanes.push(session);
    }
  }

  /** Moves a listener from its topic to another; what was published so far still reaches it. */
  move(session: Session, room: Room, topic: Topic): void {
    const former = session.flow;
    if (former === undefined) return;
    // A paused listener's books are about a topic that it leaves: what it missed is counted there.
    this.detach(session, room, 'moved');
    this.attach(session, room, topic);
  }

  /**
   * Takes a listener off its topic and settles its books.
   * @param why `moved` to another topic, with what was published flushed to its socket; or its end
   */
  detach(session: Session, room: Room, why: 'moved' | 'closed'): void {
    const { flow } = session;
    if (flow === undefined) return;
    const counters = this.#counters;
    const sent = flow.paused ? flow.pausedFrames : flow.topic.frames;
    counters.pausedFrames += flow.topic.frames - sent;
    // A move loses nothing: acknowledgements of the former topic are no longer counted, so they count now.
    if (why === 'moved') counters.acknowledgedFrames += sent - flow.ackedFrames;
    else counters.closedFrames += sent - flow.ackedFrames;
    if (flow.paused) this.paused -= 1;
    if (flow.shared) {
      room.listening -= 1;
      if (!flow.paused) room.attached -= 1;
      session.connection.unsubscribe(room.mediaTopic);
    } else {
      const index = room.lanes.indexOf(session);
      if (index >= 0) room.lanes.splice(index, 1);
    }
    session.formerTopic = flow.topic.id;
    session.flow = undefined;
  }

  /**
   * Takes an acknowledgement; false if it names what was never sent.
   * @param gaps first and last sequences of messages up to `sequence` that never came, by the client's word
   */
  acknowledge(
    session: Session,
    topicId: number,
    sequence: number,
    nowMs: number,
    gaps: readonly Gap[] = NO_GAPS,
  ): boolean {
    const { flow } = session;
    if (flow === undefined || topicId !== flow.topic.id)
      return topicId === session.formerTopic && topicId !== 0;
    // Its numbering has a hole, so nothing more is taken for delivered until it is closed.
    if (session.overflowed) return true;
    const { topic } = flow;
    const newest = flow.paused ? flow.pausedSequence : topic.sequence;
    if (distance32(sequence, newest) < 0) return false;
    if (distance32(flow.ackedSequence, sequence) > 0) {
      if (!flow.paused) learnRoundTrip(flow, topic.ageMs(sequence, nowMs));
      const frames =
        flow.paused && sequence === flow.pausedSequence ? flow.pausedFrames : topic.framesAt(sequence);
      // Too long ago to be remembered: the next acknowledgement, or the end, counts these, too.
      if (frames !== undefined) {
        const missing = gaps.length === 0 ? 0 : missingFrames(flow, gaps, sequence, frames);
        this.#counters.gapFrames += missing;
        this.#counters.acknowledgedFrames += frames - flow.ackedFrames - missing;
        flow.ackedFrames = frames;
      }
      flow.ackedSequence = sequence;
    }
    if (flow.paused && sequence === flow.pausedSequence) this.#resume(session);
    return true;
  }

  /** Looks whether the listener keeps up. Call it every FLOW_TICK_MS. */
  tick(session: Session, nowMs: number): void {
    const { flow } = session;
    if (session.overflowed) {
      session.close(
        'slowListener',
        'slow_listener',
        'Too much was unsent for too long; reconnect on a better link.',
      );
      return;
    }
    if (flow === undefined) return;
    if (!flow.shared) flow.topic.mark();
    if (flow.paused) {
      if (nowMs - flow.pausedAtMs > STUCK_AFTER_MS) {
        session.close('slowListener', 'slow_listener', 'Nothing was acknowledged for 10 s; reconnect.');
      }
      return;
    }
    const { topic, ackedSequence } = flow;
    if (distance32(ackedSequence, topic.laggingSequence) <= 0) return;
    const overdue =
      distance32(ackedSequence, topic.overdueSequence) > 0 &&
      topic.ageMs((ackedSequence + 1) >>> 0, nowMs) >= OVERDUE_AFTER_MS + flow.roundTripMs;
    if (overdue || session.connection.bufferedBytes() > PAUSE_BUFFERED_BYTES) this.#pause(session, nowMs);
  }

  #pause(session: Session, nowMs: number): void {
    const { flow, room } = session;
    if (flow === undefined || room === undefined) return;
    const { topic } = flow;
    flow.paused = true;
    flow.pausedSequence = topic.sequence;
    flow.pausedFrames = topic.frames;
    flow.pausedAtMs = nowMs;
    this.paused += 1;
    this.#counters.pauses += 1;
    if (flow.shared) room.attached -= 1;
    // A send hands over whatever was published before, so that the boundary is exact.
    session.send({ type: 'paused', topic: topic.id, sequence: topic.sequence });
    if (flow.shared) session.connection.unsubscribe(room.mediaTopic);
  }

  #resume(session: Session): void {
    const { flow, room } = session;
    if (flow === undefined || room === undefined) return;
    const { topic } = flow;
    const skippedFrames = topic.frames - flow.pausedFrames;
    this.#counters.pausedFrames += skippedFrames;
    this.#counters.resumes += 1;
    this.paused -= 1;
    flow.paused = false;
    flow.ackedSequence = topic.sequence;
    flow.ackedFrames = topic.frames;
    session.send({ type: 'subscribed', topic: topic.id, sequence: topic.sequence, skippedFrames });
    if (flow.shared) {
      room.attached += 1;
      session.connection.subscribe(room.mediaTopic);
    }
  }
}

/** First and last sequence of messages that never came. */
type Gap = readonly [first: number, last: number];
const NO_GAPS: readonly Gap[] = [];

/**
 * Frames of the messages that an acknowledgement of `sequence` names as missing. Only what lies between the last
 * acknowledgement and this one counts, in order and once, so that it is never more than what this one settles.
 * @param frames of the topic up to `sequence`
 */
const missingFrames = (
  flow: ListenerFlow,
  gaps: readonly Gap[],
  sequence: number,
  frames: number,
): number => {
  const { topic, ackedSequence, ackedFrames } = flow;
  let missing = 0;
  let settled = ackedSequence;
  for (const [first, last] of gaps) {
    if (distance32(settled, first) <= 0 || distance32(first, last) < 0 || distance32(last, sequence) < 0)
      continue;
    const before = (first - 1) >>> 0;
    const framesBefore = before === ackedSequence ? ackedFrames : topic.framesAt(before);
    const framesAfter = last === sequence ? frames : topic.framesAt(last);
    settled = last;
    // A topic forgets within seconds; what it has forgotten counts as delivered.
    if (framesBefore !== undefined && framesAfter !== undefined) missing += framesAfter - framesBefore;
  }
  return Math.max(0, Math.min(missing, frames - ackedFrames));
};

/** How much of a longer time is believed: a path that became longer is known within some seconds. */
const CREEP = 0.02;

const learnRoundTrip = (flow: ListenerFlow, tookMs: number): void => {
  const shown = tookMs > MAX_ROUND_TRIP_MS ? MAX_ROUND_TRIP_MS : tookMs;
  if (shown < flow.roundTripMs) flow.roundTripMs = shown;
  else flow.roundTripMs += (shown - flow.roundTripMs) * CREEP;
};
