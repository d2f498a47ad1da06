import type { ChatEntry } from '../chat/chat-log.ts';
import { element, setText } from '../element.ts';
import { strings } from '../strings.ts';

/** How far a message of one's own has come, and the button that sends it again. */
export class ChatDelivery {
  readonly node: HTMLElement;
  readonly #state = element('span', { class: 'chat-state' });
  readonly #retry: HTMLButtonElement;

  /** @param onRetry asked to send it again */
  constructor(onRetry: () => void) {
    this.#retry = element('button', { type: 'button', class: 'button quiet small' }, strings.chat.retry);
    this.#retry.addEventListener('click', onRetry);
    this.node = element('div', { class: 'chat-delivery' }, this.#state, this.#retry);
  }

  /**
   * @param isLast only the newest message says that it has arrived
   * @param to name of the one whom it is for; everybody unless given
   */
  update(delivery: NonNullable<ChatEntry['delivery']>, isLast: boolean, to: string | undefined): void {
    const { chat } = strings;
    this.#retry.hidden = delivery.state !== 'failed';
    this.node.hidden = delivery.state === 'delivered' && !isLast;
    if (delivery.state === 'sending') setText(this.#state, chat.sending);
    else if (delivery.state === 'failed') setText(this.#state, chat.failed[delivery.why]);
    else setText(this.#state, to === undefined ? chat.delivered(delivery.recipients) : chat.deliveredTo(to));
  }
}
