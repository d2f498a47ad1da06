import type { CallState } from '../call-state.ts';
import type { Chat } from '../chat/chat.ts';
import { element } from '../element.ts';
import { ChatComposer, type Draft } from './chat-composer.ts';
import { ChatList } from './chat-list.ts';

/** The conversation and where one writes, one above the other. */
export class ChatPanel {
  readonly node: HTMLElement;
  readonly composer: ChatComposer;
  readonly #list: ChatList;
  #phase: CallState['phase'] = 'connected';

  constructor(chat: Chat, draft: Draft, onRefused: () => void) {
    this.#list = new ChatList(chat.log, (id) => {
      if (chat.retry(id) === 'not_connected') onRefused();
      this.#list.update();
    });
    this.composer = new ChatComposer({
      draft,
      onSend: (text, to) => {
        const refusal = chat.send(text, to);
        this.#list.update();
        return refusal;
      },
    });
    this.node = element('div', { class: 'chat' }, this.#list.node, this.composer.node);
  }

  update({ phase }: CallState): void {
    this.#list.update();
    if (phase === 'connected' && this.#phase !== 'connected') this.composer.clearProblem();
    this.#phase = phase;
  }

  /** It came into sight. */
  shown(): void {
    this.#list.update();
    this.#list.scrollToEnd();
  }
}
