import type { Expectations, RunContext } from '@partyline/harness';
import { CallableChild } from '@partyline/loadtest/child-calls';
import type { CallerFrame } from '../../support/caller.ts';
import type { FrozenFigures } from '../../support/frozen-client.ts';
import { syllables } from '../../support/synthetic-voice.ts';
import { type System, withSystem } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin, until } from '../../support/wait.ts';
import type { Part } from './part.ts';

/** Shorter than an edge waits for a listener who acknowledges nothing, and as long. */
const STOPS_MS = [3_000, 10_000] as const;
/** Voice is fresh that came within this of its capture. */
const FRESH_MS = 400;
/** What is older than this is of no use; edges drop it at a second over the best. */
const MAX_AGE_MS = 1_200;
const BACK_WITHIN_MS = 2_000;

/** Each frame's own number, to see that none is given out twice. */
const repeated = (frames: readonly CallerFrame[]): number =>
  frames.length - new Set(frames.map(({ streamId, sequence }) => `${streamId}:${sequence}`)).size;

const oldest = (frames: readonly CallerFrame[]): number =>
  Math.max(0, ...frames.map(({ delayMs }) => delayMs));

const stopped = async (
  stopMs: number,
  system: System,
  context: RunContext,
  checks: Expectations,
): Promise<Record<string, number>> => {
  const room = `frozen-${stopMs}`;
  const child = new CallableChild({
    file: new URL('../../support/frozen-client.ts', import.meta.url),
    label: 'client that is stopped',
    ownSession: true,
  });
  const friend = await system.call({ room, identity: 'friend' });
  const talkers = new Talkers();
  talkers.say(friend, syllables(20));
  try {
    const token = await system.token({ room, identity: 'frozen' });
    await child.call('join', { url: system.apiUrls[0]!, room, token });
    await until('the voice of the client', () => friend.frames.length > 50, 10_000);
    process.kill(child.pid!, 'SIGSTOP');
    await forMs(stopMs);
    const goesOnAtMs = Date.now();
    process.kill(child.pid!, 'SIGCONT');
    const isFresh = ({ arrivedAtMs, delayMs }: CallerFrame): boolean =>
      arrivedAtMs > goesOnAtMs && delayMs < FRESH_MS;
    await holdsWithin(() => friend.frames.some(isFresh), 10_000);
    await forMs(3_000);
    const { frames, stats, phase } = await child.call<FrozenFigures>('figures');
    const back = (all: readonly CallerFrame[]): number =>
      Math.round((all.find(isFresh)?.arrivedAtMs ?? Number.POSITIVE_INFINITY) - goesOnAtMs);
    const after = (all: readonly CallerFrame[]): CallerFrame[] =>
      all.filter(({ arrivedAtMs }) => arrivedAtMs > goesOnAtMs);
    const figures = {
      stopMs,
      heardAgainMs: back(friend.frames),
      hearsAgainMs: back(frames),
      oldestHeardMs: Math.round(oldest(after(friend.frames))),
      oldestGivenMs: Math.round(oldest(after(frames))),
      leftOut: stats.downlink.skippedFrames + stats.downlink.lateFrames,
      reconnects: stats.reconnects,
    };
    const at = `a client that was stopped for ${stopMs / 1_000} s`;
    const slack = context.ci ? 2 : 1;
    checks.expect(phase === 'live', `${at} is ${phase} afterwards`);
    checks.expect(
      figures.heardAgainMs < BACK_WITHIN_MS * slack,
      `${at} is heard again after ${figures.heardAgainMs} ms`,
    );
    checks.expect(
      figures.hearsAgainMs < BACK_WITHIN_MS * slack,
      `${at} hears again after ${figures.hearsAgainMs} ms`,
    );
    checks.expect(
      figures.oldestGivenMs < MAX_AGE_MS * slack,
      `${at} was given voice of ${figures.oldestGivenMs} ms ago`,
    );
    checks.expect(
      figures.oldestHeardMs < MAX_AGE_MS * slack,
      `${at} made others hear voice of ${figures.oldestHeardMs} ms ago`,
    );
    checks.expect(
      repeated(frames) + repeated(friend.frames) === 0,
      `${at}: ${repeated(frames)} frames came to it twice, ${repeated(friend.frames)} to others`,
    );
    checks.expect(figures.leftOut > 0, `${at} says of no frame that it was left out`);
    await child.call('leave');
    return figures;
  } finally {
    talkers.stop();
    // One that is still stopped could not end.
    if (child.pid !== undefined) process.kill(child.pid, 'SIGCONT');
    await friend.leave();
    await child.end();
  }
};

/** A client whose process stands still, as a laptop's does that is shut: how fast it is back, and with what. */
export const frozen: Part = {
  name: 'frozen',
  about: 'a client in Node that is stopped for 3 and for 10 s, with somebody to talk to',
  run: (context, checks) =>
    withSystem({}, async (system) => {
      const all: Record<string, number>[] = [];
      for (const stopMs of STOPS_MS) all.push(await stopped(stopMs, system, context, checks));
      context.table([
        [
          'stopped ms',
          'heard again ms',
          'hears again ms',
          'oldest heard / given ms',
          'left out',
          'reconnects',
        ],
        ...all.map((row) => [
          row.stopMs!,
          row.heardAgainMs!,
          row.hearsAgainMs!,
          `${row.oldestHeardMs!} / ${row.oldestGivenMs!}`,
          row.leftOut!,
          row.reconnects!,
        ]),
      ]);
      return { stopped: all };
    }),
};
