import type { KnownWebhookEvent } from '@partyline/backend';
import type { LoggedEvent } from '@partyline/registry';
import { Backoff, type Clock } from '@partyline/runtime';
import type { WebhookPost } from './webhook-post.ts';

/** Requests to one receiver at a time. */
const MAX_SENDING = 16;
/** An event that was not taken for this long is given up, in ms. */
const GIVE_UP_AFTER_MS = 86_400_000;
/** Bounds of the wait before an event is sent again, in ms. */
const BACKOFF = { baseMs: 1_000, maxMs: 300_000 };

/** What became of an event. */
export type Outcome = 'delivered' | 'expired';

export interface ReceiverOptions {
  url: string;
  backoff?: { baseMs: number; maxMs: number };
}

export interface ReceiverDeps {
  post: WebhookPost;
  clock: Clock;
  onDone: (event: LoggedEvent, outcome: Outcome) => void;
  onFailure: (reason: string) => void;
}

/** Events of one room, the next one first. */
interface Line {
  key: string;
  events: LoggedEvent[];
  backoff: Backoff;
  state: 'ready' | 'sending' | 'waiting';
  timer: NodeJS.Timeout | undefined;
}

/**
 * One URL that events go to: those of one room one after the other, rooms beside each other. A room whose event is
 * not taken waits by itself; the others go on.
 */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #deps: ReceiverDeps;
  readonly #lines = new Map<string, Line>();
  /** Lines whose next event may be sent, in the order in which they became so. */
  readonly #ready = new Set<Line>();
  readonly #sending = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: ReceiverOptions, deps: ReceiverDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  add(event: LoggedEvent): void {
    const key = lineOf(event);
    let line = this.#lines.get(key);
    if (line === undefined) {
      const backoff = new Backoff(this.#options.backoff ?? BACKOFF);
      line = { key, events: [], backoff, state: 'ready', timer: undefined };
      this.#lines.set(key, line);
      this.#ready.add(line);
    }
    line.events.push(event);
    this.#pump();
  }

  /** Forgets an event that was given up or is another's to deliver, unless it is just being sent. */
  forget({ id, ...rest }: LoggedEvent): void {
    const line = this.#lines.get(lineOf({ id, ...rest }));
    if (line === undefined) return;
    const isSending = line.state === 'sending' && line.events[0]?.id === id;
    if (!isSending) line.events = line.events.filter((event) => event.id !== id);
    if (line.events.length === 0) this.#end(line);
  }

  /** Sends nothing more, and waits for what is being sent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#lines.values()) clearTimeout(timer);
    await Promise.all(this.#sending);
  }

  #pump(): void {
    for (const line of this.#ready) {
      if (this.#stopped || this.#sending.size >= MAX_SENDING) return;
      this.#ready.delete(line);
      line.state = 'sending';
      const sending = this.#send(line, line.events[0]!).finally(() => {
        this.#sending.delete(sending);
        this.#pump();
      });
      this.#sending.add(sending);
    }
  }

  async #send(line: Line, logged: LoggedEvent): Promise<void> {
    const { post, clock, onDone, onFailure } = this.#deps;
    const isTooOld = (): boolean => clock.now() >= logged.event.at + GIVE_UP_AFTER_MS;
    const failure = isTooOld() ? 'too old' : await post(this.#options.url, bodyOf(logged));
    if (failure === undefined) line.backoff.reset();
    else if (!isTooOld()) {
      onFailure(failure);
      this.#wait(line);
      return;
    }
    line.events.shift();
    this.#next(line);
    onDone(logged, failure === undefined ? 'delivered' : 'expired');
  }

  #next(line: Line): void {
    if (line.events.length === 0) {
      this.#end(line);
      return;
    }
    line.state = 'ready';
    this.#ready.add(line);
  }

  #wait(line: Line): void {
    line.state = 'waiting';
    if (this.#stopped) return;
    line.timer = setTimeout(() => {
      this.#next(line);
      this.#pump();
    }, line.backoff.nextDelayMs());
  }

  #end(line: Line): void {
    clearTimeout(line.timer);
    this.#ready.delete(line);
    this.#lines.delete(line.key);
  }
}

/** Events with the same key keep their order. */
const lineOf = ({ event }: LoggedEvent): string =>
  event.type === 'edge_drained' ? `edge\n${event.edge}` : `room\n${event.room}`;

/** The id first: a receiver recognises a repetition by it. */
const bodyOf = ({ id, event }: LoggedEvent): string => {
  // What receivers are promised: an event that is logged otherwise does not compile.
  const posted: KnownWebhookEvent = { id, ...event };
  return JSON.stringify(posted);
};
