import { describe, expect, it } from 'vitest';
import { FORWARD, FORWARD_LAST, HOLD, PROMOTE, Selector, Speaker } from './selector.ts';

const FRAME_MS = 20;
const VOICE_BYTES = 80;

/** Talkers by what they say at each time; the selector decides in steps of 20 ms. */
class Stage {
  readonly selector: Selector;
  readonly speakers: Speaker[] = [];
  readonly forwarded = new Map<number, number>();
  mostForwarded = 0;
  nowMs = 1_000_000;
  readonly #voices: ((elapsedMs: number) => Voice)[] = [];
  #startMs = this.nowMs;

  constructor(slots: number) {
    this.selector = new Selector(slots);
  }

  add(voice: (elapsedMs: number) => Voice): Speaker {
    const speaker = new Speaker(this.speakers.length + 1);
    this.speakers.push(speaker);
    this.#voices.push(voice);
    return speaker;
  }

  run(milliseconds: number): this {
    for (const endMs = this.nowMs + milliseconds; this.nowMs < endMs; this.nowMs += FRAME_MS) {
      this.speakers.forEach((speaker, index) => {
        const voice = this.#voices[index]!(this.nowMs - this.#startMs);
        if (voice === undefined) return;
        const { level, active = true, bytes = VOICE_BYTES } = voice;
        const decision = this.selector.decide(speaker, level, active, bytes, this.nowMs);
        if (decision !== HOLD)
          this.forwarded.set(speaker.streamId, (this.forwarded.get(speaker.streamId) ?? 0) + 1);
      });
      if ((this.nowMs / FRAME_MS) % 5 === 0) this.selector.tick(this.nowMs);
      this.mostForwarded = Math.max(this.mostForwarded, this.selector.forwardedCount);
    }
    return this;
  }

  get selected(): number[] {
    return this.selector
      .selected()
      .map(({ streamId }) => streamId)
      .sort((a, b) => a - b);
  }
}

type Voice = { level: number; active?: boolean; bytes?: number } | undefined;

/** Speech: loud for some frames, then a syllable's gap. */
const speech =
  (level: number, fromMs = 0, toMs = Number.POSITIVE_INFINITY) =>
  (elapsedMs: number): Voice => {
    if (elapsedMs < fromMs || elapsedMs >= toMs) return { level: 127, active: false, bytes: 3 };
    const gap = Math.floor(elapsedMs / FRAME_MS) % 10 === 9;
    return gap ? { level: 60, active: false } : { level };
  };

describe('the selector', () => {
  it('holds nobody back while no more talk than there are slots', () => {
    const stage = new Stage(3);
    for (const level of [20, 40, 55]) stage.add(speech(level));
    stage.run(2_000);
    expect(stage.selected).toEqual([1, 2, 3]);
    expect([...stage.forwarded.values()]).toEqual([100, 100, 100]);
  });

  it('promotes on the first frame of voice when a slot is free', () => {
    const stage = new Stage(3);
    const speaker = stage.add(() => undefined);
    expect(stage.selector.decide(speaker, 50, true, VOICE_BYTES, stage.nowMs)).toBe(PROMOTE);
  });

  it('forwards the loudest three of ten', () => {
    const stage = new Stage(3);
    for (let i = 0; i < 10; i++) stage.add(speech(20 + ((i * 7) % 10) * 4));
    stage.run(3_000);
    // Levels 20, 24 and 28 belong to i = 0, 3 and 6.
    expect(stage.selected).toEqual([1, 4, 7]);
  });

  it('promotes a new loud talker within 100 ms of its first loud frame, wherever it stood before', () => {
    for (const before of [127, 60, 45]) {
      const stage = new Stage(3);
      for (let i = 0; i < 3; i++) stage.add(speech(35));
      const loud = stage.add((elapsedMs) =>
        elapsedMs < 5_000
          ? { level: before, active: before < 127, bytes: before < 127 ? VOICE_BYTES : 3 }
          : { level: 15 },
      );
      stage.run(5_000);
      expect(loud.standing).toBe('out');
      stage.run(80);
      expect(loud.standing, `from level ${before}`).toBe('selected');
    }
  });

  /** Lets the first speaker fall silent and returns for how long it is still forwarded, in ms. */
  const forwardedInSilence = (stage: Stage): number => {
    const silent = () => stage.selector.decide(stage.speakers[0]!, 127, false, 3, stage.nowMs);
    let frames = 1;
    for (let decision = silent(); decision !== FORWARD_LAST; decision = silent()) {
      stage.nowMs += FRAME_MS;
      frames += 1;
    }
    expect(silent()).toBe(HOLD);
    return frames * FRAME_MS;
  };

  it('demotes after the hang-over where others want the place, and says which frame is the last', () => {
    const stage = new Stage(1);
    const quiet = stage.add(speech(50));
    const loud = stage.add(speech(20, 1_000));
    stage.run(1_100);
    expect(stage.selected).toEqual([loud.streamId]);
    expect(quiet.standing).toBe('leaving');
    stage.speakers.reverse();
    const forwardedMs = forwardedInSilence(stage);
    expect(forwardedMs).toBeGreaterThanOrEqual(280);
    expect(forwardedMs).toBeLessThanOrEqual(340);
  });

  it('forwards a silent stream for a second where nobody else wants the place, though it is no speaker', () => {
    const stage = new Stage(3);
    stage.add(speech(30, 0, 1_000));
    stage.run(1_400);
    expect(stage.selected).toEqual([]);
    const [speaker] = stage.speakers;
    expect(stage.selector.decide(speaker!, 30, true, VOICE_BYTES, stage.nowMs), 'no pre-roll').toBe(FORWARD);
    expect(stage.selected).toEqual([1]);
    const forwardedMs = forwardedInSilence(stage);
    expect(forwardedMs).toBeGreaterThanOrEqual(980);
    expect(forwardedMs).toBeLessThanOrEqual(1_040);
  });

  it('takes out a stream that just stops sending', () => {
    const stage = new Stage(3);
    stage.add((elapsedMs) => (elapsedMs < 1_000 ? { level: 30 } : undefined));
    stage.run(1_000);
    expect(stage.selected).toEqual([1]);
    stage.run(500);
    expect(stage.selected).toEqual([]);
  });

  it('does not leave its slot to a client that claims full level for ever', () => {
    const stage = new Stage(3);
    const cheat = stage.add(() => ({ level: 0 }));
    for (let i = 0; i < 3; i++) stage.add(speech(35, 5_000));
    stage.run(4_900);
    expect(stage.selected).toEqual([1]);
    stage.run(2_000);
    expect(cheat.standing).toBe('out');
    expect(stage.selected).toEqual([2, 3, 4]);
  });

  it('takes activity with a payload as small as silence for silence', () => {
    const stage = new Stage(3);
    stage.add(() => ({ level: 0, bytes: 3 }));
    stage.run(1_000);
    expect(stage.selected).toEqual([]);
  });

  it('never forwards more than N + 2 streams', () => {
    const stage = new Stage(3);
    for (let i = 0; i < 20; i++) stage.add(speech(50 - i, i * 60, i * 60 + 1_500));
    stage.run(4_000);
    expect(stage.mostForwarded).toBeGreaterThan(3);
    expect(stage.mostForwarded).toBeLessThanOrEqual(5);
  });

  it('keeps its choice between talkers of equal loudness', () => {
    const stage = new Stage(1);
    stage.add(speech(30));
    stage.add(speech(30, 1_000));
    stage.run(9_000);
    expect(stage.selected).toEqual([1]);
  });

  it('lets who talks over 10 s without a pause lose ties', () => {
    const stage = new Stage(1);
    stage.add(speech(30));
    stage.add(speech(30, 10_500));
    stage.run(10_500);
    expect(stage.selected).toEqual([1]);
    stage.run(1_000);
    expect(stage.selected).toEqual([2]);
  });

  it('puts a pinned stream before louder ones, and never takes an excluded one', () => {
    const stage = new Stage(2);
    stage.add(speech(20));
    stage.add(speech(25));
    const priority = stage.add(speech(55, 1_000));
    priority.mode = 'pinned';
    const excluded = stage.add(speech(10));
    excluded.mode = 'excluded';
    stage.run(3_000);
    expect(stage.selected).toEqual([1, 3]);
    expect(stage.forwarded.get(4)).toBeUndefined();
  });

  it('frees the slot of a stream that is removed', () => {
    const stage = new Stage(1);
    const first = stage.add(speech(20));
    stage.add(speech(40));
    stage.run(500);
    stage.selector.remove(first);
    stage.speakers.shift();
    expect(stage.selected).toEqual([]);
  });

  it('keeps to its bound even when everybody is pinned', () => {
    const stage = new Stage(2);
    for (let i = 0; i < 6; i++) stage.add(speech(30)).mode = 'pinned';
    stage.run(1_000);
    expect(stage.selected).toHaveLength(2);
    expect(stage.mostForwarded).toBeLessThanOrEqual(4);
  });
});
