/** How loud one hears somebody. */
export interface Hearing {
  /** 0 … 2, 1 unless changed. */
  volume: number;
  /** Not heard at all, whatever the volume; nobody else notices. */
  muted: boolean;
}

/** Whose voice it is: guests have a new identity each time, so their name has to do. */
export interface Speaker {
  identity: string;
  name: string;
}

const KEY = 'partyline.volumes';
/** More people than anybody sets by hand; the ones set longest ago go first. */
const MAX_REMEMBERED = 300;
const MAX_VOLUME = 2;
const ordinary: Hearing = { volume: 1, muted: false };

/** The volume of each person in each room, from visit to visit. */
export class Volumes {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #byPerson: Map<string, Hearing>;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
    this.#byPerson = load(storage);
  }

  of(room: string, speaker: Speaker): Hearing {
    return this.#byPerson.get(keyOf(room, speaker)) ?? ordinary;
  }

  set(room: string, speaker: Speaker, { volume, muted }: Hearing): void {
    const key = keyOf(room, speaker);
    this.#byPerson.delete(key);
    if (volume !== 1 || muted) this.#byPerson.set(key, { volume, muted });
    for (const oldest of this.#byPerson.keys()) {
      if (this.#byPerson.size <= MAX_REMEMBERED) break;
      this.#byPerson.delete(oldest);
    }
    try {
      this.#storage.setItem(KEY, JSON.stringify([...this.#byPerson]));
    } catch {
      // Without storage it holds for this visit.
    }
  }
}

const keyOf = (room: string, { identity, name }: Speaker): string =>
  JSON.stringify(identity.startsWith('guest-') ? [room, 'guest', name] : [room, identity]);

function load(storage: Pick<Storage, 'getItem'>): Map<string, Hearing> {
  const volumes = new Map<string, Hearing>();
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    if (!Array.isArray(stored)) return volumes;
    for (const entry of stored.slice(-MAX_REMEMBERED) as unknown[]) {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string') continue;
      const { volume, muted } = (entry[1] ?? {}) as Record<string, unknown>;
      if (typeof volume !== 'number' || !(volume >= 0 && volume <= MAX_VOLUME)) continue;
      volumes.set(entry[0], { volume, muted: muted === true });
    }
  } catch {
    // Nothing that can be read: everybody is as loud as they are.
  }
  return volumes;
}
