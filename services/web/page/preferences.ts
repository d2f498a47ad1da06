import type { TalkMode } from './talk-switch.ts';

/** What the page remembers from visit to visit. */
export interface Preferences {
  name: string;
  room: string;
  mode: TalkMode;
}

const KEY = 'partyline.preferences';
const nothing: Preferences = { name: '', room: '', mode: 'open' };

/** What was remembered; storage that is missing, blocked or holds something else counts as empty. */
export function loadPreferences(storage: Pick<Storage, 'getItem'>): Preferences {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return nothing;
    const { name, room, mode } = stored as Record<string, unknown>;
    return {
      name: typeof name === 'string' ? name.slice(0, 128) : '',
      room: typeof room === 'string' ? room.slice(0, 64) : '',
      mode: mode === 'push' ? 'push' : 'open',
    };
  } catch {
    return nothing;
  }
}

/** Remembers; quietly does not where the browser forbids storage. */
export function savePreferences(storage: Pick<Storage, 'setItem'>, preferences: Preferences): void {
  try {
    storage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows may refuse storage: then the form is simply not prefilled next time.
  }
}
