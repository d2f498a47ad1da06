import { type ChosenCodec, codecNames } from './codec/codec-choice.ts';
import type { LanguageChoice } from './language.ts';
import { languages } from './strings.ts';
import { isTalkKey } from './talk-key.ts';
import type { TalkMode } from './talk-switch.ts';
import type { ThemeChoice } from './theme.ts';

/** What the page remembers from visit to visit. */
export interface Preferences {
  name: string;
  room: string;
  mode: TalkMode;
  /** The key that is held to talk, as `KeyboardEvent.code`. */
  talkKey: string;
  /** Device ids; empty for the system's default. */
  microphoneId: string;
  loudspeakerId: string;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  /** What the voice is sent as, where it can be. */
  codec: ChosenCodec;
  /** Sounds when somebody comes or goes. */
  sounds: boolean;
  language: LanguageChoice;
  theme: ThemeChoice;
  /** The tab that the side panel shows, or empty while it is closed; undefined before anybody chose. */
  panel: string | undefined;
}

const KEY = 'partyline.preferences';
/** As long as identities and names may be in the protocol. */
const MAX_NAME = 128;
/** Longer than any browser's device ids. */
const MAX_ID = 256;

type Readers = { readonly [Name in keyof Preferences]: (stored: unknown) => Preferences[Name] };

const text = (maxLength: number) => (stored: unknown) =>
  typeof stored === 'string' ? stored.slice(0, maxLength) : '';
const onUnlessOff = (stored: unknown): boolean => stored !== false;
const oneOf =
  <Value extends string>(values: readonly Value[], otherwise: Value) =>
  (stored: unknown): Value =>
    values.find((value) => value === stored) ?? otherwise;

/** How each is read from what was stored, whatever that is. */
const readers: Readers = {
  name: text(MAX_NAME),
  room: text(64),
  mode: oneOf(['open', 'push'], 'open'),
  talkKey: (stored) => (isTalkKey(stored) ? stored : 'Space'),
  microphoneId: text(MAX_ID),
  loudspeakerId: text(MAX_ID),
  echoCancellation: onUnlessOff,
  noiseSuppression: onUnlessOff,
  autoGainControl: onUnlessOff,
  codec: oneOf(codecNames, 'opus/48000'),
  sounds: onUnlessOff,
  language: oneOf<LanguageChoice>(['auto', ...languages], 'auto'),
  theme: oneOf(['system', 'light', 'dark'], 'system'),
  panel: (stored) => (typeof stored === 'string' ? stored.slice(0, 32) : undefined),
};

/** What was remembered; storage that is missing, blocked or holds something else counts as empty. */
export function loadPreferences(storage: Pick<Storage, 'getItem'>): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(storage.getItem(KEY) ?? '{}');
  } catch {
    // Nothing that can be read: the same as nothing.
  }
  const values = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const read = Object.entries(readers).map(([name, reader]) => [name, reader(values[name])] as const);
  return Object.fromEntries(read) as unknown as Preferences;
}

/** Remembers; quietly does not where the browser forbids storage. */
export function savePreferences(storage: Pick<Storage, 'setItem'>, preferences: Preferences): void {
  try {
    storage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows may refuse storage: then the form is simply not prefilled next time.
  }
}
