import type { TalkSwitch } from '../talk-switch.ts';

/** The keyboard's part of talking: space is held to talk, M mutes. Returns the way to stop listening. */
export function listenToTalkKeys(target: Window, talk: TalkSwitch): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  /** Has the focus from a click or a tap, not from somebody who moves through the page by keyboard. */
  let clicked: Element | null = null;

  target.addEventListener('pointerdown', (event) => remember(event.target), { signal });
  target.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Tab') remember(null);
      if (event.ctrlKey || event.altKey || event.metaKey || wantsKey(event.target, clicked)) return;
      if (event.code === 'Space') {
        event.preventDefault();
        talk.hold('space');
      } else if (event.key.toLowerCase() === 'm' && !event.repeat) {
        talk.toggleMute();
      }
    },
    { signal },
  );
  target.addEventListener(
    'keyup',
    (event) => {
      if (event.code !== 'Space') return;
      // The button that has the focus would take the key's way up as a click.
      if (!wantsKey(event.target, clicked)) event.preventDefault();
      talk.release('space');
    },
    { signal },
  );
  // A window that loses the focus never hears of the key going up.
  target.addEventListener('blur', () => talk.releaseAll(), { signal });
  return () => {
    listening.abort();
    talk.releaseAll();
  };

  function remember(where: EventTarget | null): void {
    clicked = where instanceof Element ? where.closest('button, a') : null;
  }
}

/** Whether the focused control needs the key itself: text fields always, buttons when reached by keyboard. */
function wantsKey(focused: EventTarget | null, clicked: Element | null): boolean {
  if (!(focused instanceof Element) || focused.id === 'talk' || focused === clicked) return false;
  return focused.matches('input:not([type=radio]), textarea, select, button, summary, a');
}
