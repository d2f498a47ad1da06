import { randomBytes } from 'node:crypto';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { startStandalone } from '@partyline/standalone';
import { mintAccessToken } from '@partyline/tokens';
import { openBrowser } from '../browser/chromium.ts';
import { speechFile } from '../support/speech.ts';
import { around, narrow } from './controls/parts/around.ts';
import { chatting } from './controls/parts/chatting.ts';
import { line } from './controls/parts/line.ts';
import { hearing, moderating } from './controls/parts/people.ts';
import { settings } from './controls/parts/settings.ts';
import { soundCheck } from './controls/parts/sound-check.ts';
import { corner, starting } from './controls/parts/starting.ts';
import { talking } from './controls/parts/talking.ts';
import { listening, refused, trouble } from './controls/parts/trouble.ts';
import { pictures } from './controls/pictures.ts';
import { Stage } from './controls/stage.ts';

const KEY = { keyId: 'scenario', secret: randomBytes(32).toString('base64url') };
/** Each part with the regions of the page whose every control it operates. */
const PARTS: readonly (readonly [string, (stage: Stage) => Promise<void>, readonly string[]])[] = [
  ['starting', starting, ['form']],
  ['corner', corner, ['corner']],
  ['sound check', soundCheck, ['sound check']],
  ['settings', settings, ['settings']],
  ['talking', talking, ['dock']],
  ['around', around, ['header', 'invite', 'shortcuts', 'people', 'panel']],
  ['narrow', narrow, ['drawer']],
  ['hearing', hearing, []],
  ['moderating', moderating, ['person', 'removal']],
  ['chatting', chatting, ['chat']],
  ['line', line, ['line']],
  ['trouble', trouble, ['banner']],
  ['listening', listening, []],
  ['refused', refused, []],
];

const walkAll = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const only = context.options.get('only')?.split(',');
  const by = context.options.get('by');
  const { path: microphoneFile } = await speechFile({ seconds: 10 });
  const standalone = await startStandalone({
    env: { PORT: '0', OPS_PORT: '0', PARTYLINE_API_KEYS: `${KEY.keyId}:${KEY.secret}` },
    flags: { guests: true },
  });
  const browser = await openBrowser({ microphoneFile });
  const mint: Stage['mint'] = (claims) => mintAccessToken({ ...KEY, ...claims });
  const stageOf = (kind: 'mouse' | 'keyboard'): Stage =>
    new Stage(kind, { url: standalone.url, browser, checks, mint });
  try {
    if (only === undefined || only.includes('pictures')) {
      const widths = context.options.get('widths')?.split(',').map(Number);
      const folder = context.options.get('screenshots');
      await stageOf('mouse').run('pictures', (stage) =>
        pictures(stage, { folder, widths, say: context.say }),
      );
    }
    for (const kind of ['mouse', 'keyboard'] as const) {
      if (by !== undefined && by !== kind) continue;
      const chosen = PARTS.filter(([name]) => only === undefined || only.includes(name));
      if (chosen.length === 0) continue;
      const stage = stageOf(kind);
      for (const [name, part] of chosen) {
        const startedMs = performance.now();
        await stage.run(name, part);
        context.say(`${name} by ${kind}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
      }
      stage.settle(only === undefined ? undefined : chosen.flatMap(([, , regions]) => regions));
      context.say(`${stage.seen.size} controls seen, ${stage.operated.size} operated by ${kind}`);
    }
  } finally {
    await browser.close();
    await standalone.stop();
  }
  return checks.outcome;
};

export const run: NamedRun = {
  name: 'controls',
  about:
    'Every control of the page, by mouse and by keyboard alone; --only a,b of the parts, --by mouse or keyboard.',
  floor: 'all hold',
  aim: 'all hold',
  run: walkAll,
};
