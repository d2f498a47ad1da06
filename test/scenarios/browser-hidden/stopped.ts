import { nowMs } from '../../support/raw-client.ts';
import { forMs, until } from '../../support/wait.ts';
import {
  countsOf,
  describeHearing,
  expectAsInFront,
  type Hearing,
  listen,
  SETTLED_WITHIN_MS,
  type Stage,
  TALK_MS,
} from './stage.ts';
import { describePace, expectEven, paceSince } from './uplink-pace.ts';

declare global {
  interface Window {
    playbackTold?: boolean[];
  }
}

const FROZEN_MS = 5_000;
const HELD_BACK_MS = 4_000;
/** What was spoken into a page that stood still is too old to be sent. */
const STALE_MS = 600;

/** The browser freezes the hidden page, as phones do, and thaws it. */
export const freeze = async (stage: Stage, inFront: Hearing): Promise<void> => {
  const { ada, grace, other, checks } = stage;
  await other.show();
  await grace.send('Page.setWebLifecycleState', { state: 'frozen' });
  const frozenAtMs = nowMs();
  await forMs(FROZEN_MS);
  await grace.send('Page.setWebLifecycleState', { state: 'active' });
  await grace.show();
  await forMs(SETTLED_WITHIN_MS);
  const { oldestMs, largestGapMs } = await paceSince(ada, frozenAtMs);
  const backAtMs = nowMs();
  const hearing = await listen(stage, TALK_MS);
  const pace = await paceSince(ada, backAtMs);
  const { phase } = await countsOf(grace);
  stage.say(
    `frozen: nothing sent for ${Math.round(largestGapMs)} ms, then frames of up to ${Math.round(oldestMs)} ms; thawed ${describeHearing(hearing)}; ${describePace(pace)}`,
  );
  checks.expect(largestGapMs > FROZEN_MS / 2, `the frozen page was silent for only ${largestGapMs} ms`);
  checks.expect(oldestMs <= STALE_MS, `thawed: a frame came ${Math.round(oldestMs)} ms after it was spoken`);
  checks.expect(phase === 'live', `thawed: the call is ${phase}`);
  expectAsInFront(checks, 'thawed', hearing, inFront);
  expectEven(checks, 'thawed', pace);
};

/** The system takes the sound away, as for a phone call, and gives it back. */
export const holdBack = async (stage: Stage, inFront: Hearing): Promise<void> => {
  const { grace, checks } = stage;
  const playing = await grace.call(async () => {
    const told: boolean[] = [];
    window.playbackTold = told;
    window.call!.on('playback', ({ running }) => told.push(running));
    await (window.call!.output.context as AudioContext).suspend();
    return window.call!.playing;
  });
  checks.expect(!playing, 'a call whose sound is suspended says that it plays');
  await forMs(HELD_BACK_MS);
  // Any key will do.
  await grace.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'a', code: 'KeyA', text: 'a' });
  await grace.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'a', code: 'KeyA' });
  await until('sound runs again', () => grace.call(() => window.call!.playing));
  await forMs(SETTLED_WITHIN_MS);
  const hearing = await listen(stage, TALK_MS);
  const told = await grace.call(() => window.playbackTold!.join());
  stage.say(`sound held back: afterwards ${describeHearing(hearing)}`);
  checks.expect(told === 'false,true', `playback is told as ${told}`);
  expectAsInFront(checks, 'with its sound back', hearing, inFront);
};
