import type { ChatEntry } from '../chat/chat-log.ts';
import { messageParts } from '../chat/message-parts.ts';
import { element, setText } from '../element.ts';
import { strings } from '../strings.ts';
import { ChatDelivery } from './chat-delivery.ts';

/** One message: who, when, what, and of one's own how far it has come. */
export class ChatMessage {
  readonly node: HTMLLIElement;
  readonly #name = element('span', { class: 'chat-name' });
  readonly #header: HTMLElement;
  /** Others' messages have arrived, or nobody would see them. */
  readonly #delivery: ChatDelivery | undefined;

  /** @param onRetry asked to send it again */
  constructor(entry: ChatEntry, onRetry: () => void) {
    const { chat, format } = strings;
    const { own, name, direct, text, atMs } = entry;
    // A name of another script must not turn the line around it.
    this.#name.append(element('bdi', {}, own ? chat.you : name));
    if (direct) this.#name.append(' ', privateMark(own ? chat.onlyTo(direct.name) : chat.onlyToYou));
    const time = element('time', { class: 'chat-time', datetime: new Date(atMs).toISOString() });
    setText(time, format.time(atMs));
    this.#header = element('div', { class: 'chat-header' }, this.#name, time);
    this.#delivery = own ? new ChatDelivery(onRetry) : undefined;
    this.node = element(
      'li',
      { class: 'chat-message' },
      this.#header,
      element('p', { class: 'chat-text', dir: 'auto' }, ...messageParts(text).map(partNode)),
    );
    this.node.classList.toggle('own', own);
    this.node.classList.toggle('direct', direct !== undefined);
    if (this.#delivery !== undefined) this.node.append(this.#delivery.node);
    this.update(entry, false);
  }

  /** @param isLast of one's own: only the newest says that it has arrived */
  update({ continued, delivery, direct }: ChatEntry, isLast: boolean): void {
    this.#header.hidden = continued;
    this.node.classList.toggle('continued', continued);
    if (delivery === undefined) return;
    this.node.classList.toggle('failed', delivery.state === 'failed');
    this.#delivery?.update(delivery, isLast, direct?.name);
  }
}

function privateMark(text: string): HTMLElement {
  return element('span', { class: 'chat-private' }, text);
}

/** An address opens in a new tab that knows nothing of this one. */
function partNode(part: ReturnType<typeof messageParts>[number]): Node {
  if (part.kind === 'text') return document.createTextNode(part.text);
  return element(
    'a',
    { href: part.url, target: '_blank', rel: 'noopener noreferrer nofollow', referrerpolicy: 'no-referrer' },
    part.text,
  );
}
