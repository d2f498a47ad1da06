import type { CallContext, CallFeature } from '../call-feature.ts';
import { strings } from '../strings.ts';
import { LinePanel } from '../views/line-panel.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { LineHistory } from './line-history.ts';
import { judge } from './verdict.ts';

const SAMPLE_EVERY_MS = 1_000;

/** How the line does. Figures are taken every second, as they are of no use if they begin when somebody looks; drawing waits for that. */
export function lineFeature({ session }: CallContext): CallFeature {
  const history = new LineHistory();
  const { room, call } = session;
  let panel: LinePanel | undefined;
  let shown = false;
  const draw = (): void => {
    if (shown && !document.hidden) panel?.draw(history.samples);
  };
  const take = (): void => {
    history.take(room.getStats(), performance.now());
    draw();
  };
  const diagnostics = (): string =>
    diagnosticsOf({
      state: room.state,
      stats: room.getStats(),
      samples: history.samples,
      verdict: judge(history.samples),
      sound: {
        microphone: call.hasMicrophone,
        muted: call.muted,
        moderated: room.moderated,
        deafened: call.deafened,
        playing: call.playing,
      },
      browser: navigator.userAgent,
      nowMs: Date.now(),
    });
  take();
  const timer = setInterval(take, SAMPLE_EVERY_MS);
  document.addEventListener('visibilitychange', draw);
  return {
    tabs: () => {
      shown = false;
      const made = new LinePanel(diagnostics);
      panel = made;
      return [
        {
          id: 'stats',
          label: strings.line.heading,
          icon: 'chart',
          node: made.node,
          shown: (visible) => {
            shown = visible;
            draw();
          },
        },
      ];
    },
    end: () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', draw);
    },
  };
}
