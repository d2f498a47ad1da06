/** How far a message of one's own has come. */
export type Delivery =
  | { state: 'sending' }
  /** Handed on to so many. */
  | { state: 'delivered'; recipients: number }
  /** `maybe`: no answer came, so that it may have arrived all the same; `nobody`: who it was for is not here. */
  | { state: 'failed'; why: 'maybe' | 'nobody' | 'refused' };

/** One message of a conversation, or what it was answered by. */
export interface ChatEntry {
  /** Counts up; unique in the log. */
  id: number;
  /** Epoch ms. */
  atMs: number;
  /** Identity of the sender. */
  from: string;
  /** As they were called when it came. */
  name: string;
  own: boolean;
  text: string;
  /** Of a message that not all got: the other side of it. */
  direct?: { identity: string; name: string };
  /** Of own messages only. */
  delivery?: Delivery;
  /** Follows one of the same sender closely: the name need not stand above it again. */
  continued: boolean;
}

export type NewEntry = Omit<ChatEntry, 'id' | 'continued'>;

/** What a page keeps; older ones go first. */
export const MAX_ENTRIES = 500;
/** Messages of one sender within this time stand together. */
const TOGETHER_MS = 3 * 60_000;

/** A conversation as it is shown, bounded. */
export class ChatLog {
  #entries: ChatEntry[] = [];
  #nextId = 1;
  #revision = 0;

  get entries(): readonly ChatEntry[] {
    return this.#entries;
  }

  /** Goes up with every change. */
  get revision(): number {
    return this.#revision;
  }

  add(entry: NewEntry): ChatEntry {
    const last = this.#entries.at(-1);
    const added = { ...entry, id: this.#nextId, continued: last !== undefined && goesOn(last, entry) };
    this.#nextId += 1;
    this.#revision += 1;
    this.#entries.push(added);
    if (this.#entries.length > MAX_ENTRIES) {
      this.#entries.shift();
      this.#entries[0] = { ...this.#entries[0]!, continued: false };
    }
    return added;
  }

  /** Without effect on one that was forgotten meanwhile. */
  deliver(id: number, delivery: Delivery): void {
    const at = this.#entries.findIndex((entry) => entry.id === id);
    if (at < 0) return;
    this.#entries[at] = { ...this.#entries[at]!, delivery };
    this.#revision += 1;
  }

  find(id: number): ChatEntry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }
}

function goesOn(last: ChatEntry, next: NewEntry): boolean {
  return (
    last.from === next.from &&
    last.name === next.name &&
    last.direct?.identity === next.direct?.identity &&
    next.atMs - last.atMs < TOGETHER_MS
  );
}
