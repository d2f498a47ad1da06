import type { StatusSnapshot } from '@partyline/status';
import { timeText } from './clock-text.ts';
import { EdgesView } from './edges-view.ts';
import { byId, setText } from './element.ts';
import { HeadView } from './head-view.ts';
import { LanesView } from './lanes-view.ts';
import { RegionsView } from './regions-view.ts';
import { Watch } from './watch.ts';
import { WaysView } from './ways-view.ts';

const EVERY_MS = 1_000;
const ANSWER_MS = 5_000;

const watch = new Watch();
const views = [new HeadView(), new WaysView(), new LanesView(), new RegionsView(), new EdgesView()];
let failures = 0;

const ask = async (): Promise<StatusSnapshot> => {
  const reply = await fetch('status.json', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });
  if (!reply.ok) throw new Error(`status ${reply.status}`);
  return reply.json();
};

const look = async (): Promise<void> => {
  try {
    watch.take(await ask());
    failures = 0;
    for (const view of views) view.show(watch);
  } catch {
    failures += 1;
    if (failures < 3) return;
    const { snapshot } = watch;
    const age = snapshot === undefined ? '' : `; the figures are of ${timeText(snapshot.atMs)}`;
    document.body.dataset.stale = 'true';
    setText(byId('source'), `This directory does not answer${age}.`);
    return;
  }
  delete document.body.dataset.stale;
};

/** Who does not look costs nothing: a page in the background asks nobody. */
const run = async (): Promise<void> => {
  if (!document.hidden) await look();
  setTimeout(run, EVERY_MS);
};

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void look();
});
void run();
