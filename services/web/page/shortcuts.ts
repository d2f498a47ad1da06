/** What a key on the page asks for; talking by a held key is a matter of its own. */
export type Shortcut = 'mute' | 'deafen' | 'help';

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'repeat' | 'isComposing'>;

const keys: Readonly<Record<string, Shortcut>> = { m: 'mute', d: 'deafen', '?': 'help', '？': 'help' };

/** The shortcut of a key press; none with a modifier, while the key repeats, or within an input method. */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.isComposing) return undefined;
  return keys[press.key.toLowerCase()];
}

/** What a focused control does with keys itself: text takes them all, a button the two that press it. */
export type FocusKind = 'text' | 'pressable' | 'nothing';

/** Whether a key belongs to the focused control rather than to the page. */
export function belongsToFocus(focus: FocusKind, code: string): boolean {
  if (focus === 'text') return true;
  return focus === 'pressable' && (code === 'Space' || code.startsWith('Arrow') || code === 'Enter');
}
