import { belongsToFocus, type FocusKind, type Shortcut, shortcutOf } from '../shortcuts.ts';
import type { TalkSwitch } from '../talk-switch.ts';

export interface CallKeyOptions {
  talk: TalkSwitch;
  /** The key that is held to talk, as `KeyboardEvent.code`. */
  talkKey: () => string;
  onShortcut(shortcut: Shortcut): void;
}

const TEXT =
  'input:not([type=radio], [type=checkbox], [type=range], [type=button]), textarea, select, [contenteditable]';
const PRESSABLE = 'input, button, summary, a, [role=tab]';

/** The keyboard's part of a call: one key is held to talk, others are shortcuts. Returns the way to stop listening. */
export function listenToCallKeys(target: Window, { talk, talkKey, onShortcut }: CallKeyOptions): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  /** Has the focus from a click or a tap, not from somebody who moves through the page by keyboard. */
  let clicked: Element | null = null;
  /** The key that is down at the moment, as it may be changed before it goes up. */
  let held = '';

  target.addEventListener('pointerdown', (event) => remember(event.target), { signal });
  target.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Tab') remember(null);
      if (belongsToFocus(kindOf(event.target, clicked), event.code)) return;
      if (event.code === talkKey()) {
        event.preventDefault();
        held = event.code;
        talk.hold('key');
        return;
      }
      const shortcut = shortcutOf(event);
      if (shortcut !== undefined) onShortcut(shortcut);
    },
    { signal },
  );
  target.addEventListener(
    'keyup',
    (event) => {
      if (event.code !== held) return;
      held = '';
      // The button that has the focus would take the space bar's way up as a click.
      if (!belongsToFocus(kindOf(event.target, clicked), event.code)) event.preventDefault();
      talk.release('key');
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

/** What a focused control does with keys: text fields take all of them, buttons only when reached by keyboard. */
function kindOf(focused: EventTarget | null, clicked: Element | null): FocusKind {
  if (!(focused instanceof Element)) return 'nothing';
  if (focused.matches(TEXT)) return 'text';
  if (focused.id === 'talk' || focused === clicked || focused.matches('.dock input')) return 'nothing';
  return focused.matches(PRESSABLE) ? 'pressable' : 'nothing';
}
