import type { ChatLog } from '../chat/chat-log.ts';
import { element } from '../element.ts';
import { strings } from '../strings.ts';
import { ChatMessage } from './chat-message.ts';

/** Nearer to the end than this counts as being there, in px. */
const AT_END_PX = 48;

/** The messages, newest at the end, read aloud as they come. Somebody who reads back is left where they are. */
export class ChatList {
  readonly node: HTMLElement;
  readonly #log: ChatLog;
  readonly #onRetry: (id: number) => void;
  readonly #list = element('ol', { class: 'chat-list' });
  readonly #scroller: HTMLElement;
  readonly #empty = element('p', { class: 'hint chat-empty' }, strings.chat.empty);
  readonly #toEnd: HTMLButtonElement;
  readonly #shown = new Map<number, ChatMessage>();
  #revision = -1;
  #newestId = 0;

  constructor(log: ChatLog, onRetry: (id: number) => void) {
    this.#log = log;
    this.#onRetry = onRetry;
    this.#scroller = element(
      'div',
      { class: 'chat-scroller', role: 'log', 'aria-label': strings.chat.log, tabindex: 0 },
      this.#empty,
      this.#list,
    );
    this.#scroller.addEventListener('scroll', () => {
      if (this.#atEnd) this.#toEnd.hidden = true;
    });
    this.#toEnd = element(
      'button',
      { type: 'button', class: 'button small chat-to-end', hidden: true },
      strings.chat.newBelow,
    );
    this.#toEnd.addEventListener('click', () => {
      this.scrollToEnd();
      this.#scroller.focus({ preventScroll: true });
    });
    this.node = element('div', { class: 'chat-messages' }, this.#scroller, this.#toEnd);
  }

  scrollToEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#toEnd.hidden = true;
  }

  /** Cheap while nothing has changed. */
  update(): void {
    const { entries, revision } = this.#log;
    if (revision === this.#revision) return;
    this.#revision = revision;
    const wasAtEnd = this.#atEnd;
    const known = new Set(entries.map(({ id }) => id));
    for (const [id, message] of this.#shown) {
      if (known.has(id)) continue;
      message.node.remove();
      this.#shown.delete(id);
    }
    const lastOwn = entries.findLast(({ own }) => own)?.id;
    for (const entry of entries) {
      let message = this.#shown.get(entry.id);
      if (message === undefined) {
        message = new ChatMessage(entry, () => this.#onRetry(entry.id));
        this.#shown.set(entry.id, message);
        this.#list.append(message.node);
      }
      message.update(entry, entry.id === lastOwn);
    }
    this.#empty.hidden = entries.length > 0;
    const newest = entries.at(-1);
    const isNew = newest !== undefined && newest.id > this.#newestId;
    this.#newestId = newest?.id ?? 0;
    if (wasAtEnd || (isNew && newest.own)) this.scrollToEnd();
    else if (isNew) this.#toEnd.hidden = false;
  }

  get #atEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < AT_END_PX;
  }
}
