import { loadPreferences, type Preferences, savePreferences } from './preferences.ts';

type Listener = (now: Preferences, before: Preferences) => void;

/** The preferences of the moment: read once, saved with every change, and told to whoever has to follow them. */
export class PreferenceStore {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #listeners = new Set<Listener>();
  #current: Preferences;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
    this.#current = loadPreferences(storage);
  }

  get current(): Preferences {
    return this.#current;
  }

  change(part: Partial<Preferences>): void {
    const before = this.#current;
    this.#current = { ...before, ...part };
    savePreferences(this.#storage, this.#current);
    for (const listener of this.#listeners) listener(this.#current, before);
  }

  /** Calls the listener after every change; returns the way to stop. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
