import { MAX_MESSAGE_CHARS, type Recipient, type Refusal } from '../chat/chat.ts';
import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import { nextId } from './fields.ts';

/** What is being written; it outlives the view, which is made anew in another language. */
export interface Draft {
  text: string;
  /** Whom it is for alone; everybody unless given. */
  to?: Recipient | undefined;
}

export interface ComposerOptions {
  draft: Draft;
  /** @returns why it was not taken */
  onSend(text: string, to: Recipient | undefined): Refusal | undefined;
}

/** From so many characters before the limit on, what is left is shown. */
const NEAR_LIMIT = 200;
/** What a key event of an input method says where it does not say `isComposing`. */
const IN_COMPOSITION = 229;

/** Where messages are written: Enter sends, Shift and Enter begins a line, and an input method keeps its Enter. */
export class ChatComposer {
  readonly node: HTMLFormElement;
  readonly #options: ComposerOptions;
  readonly #input: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #recipient: HTMLElement;
  readonly #recipientName = element('span', { class: 'chat-recipient-name' });
  /** What stands in the way: read aloud at once. */
  readonly #problem = element('p', { class: 'field-error', role: 'alert' });
  readonly #count = element('p', { class: 'hint chat-count', 'aria-live': 'polite' });

  constructor(options: ComposerOptions) {
    this.#options = options;
    const { chat } = strings;
    const hintId = nextId('chat-hint');
    this.#input = element('textarea', {
      class: 'chat-input',
      rows: 1,
      dir: 'auto',
      autocomplete: 'off',
      enterkeyhint: 'send',
      'aria-describedby': hintId,
    });
    this.#input.value = options.draft.text;
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('input', () => this.#changed());
    this.#send = element(
      'button',
      { type: 'submit', class: 'icon-button chat-send', 'aria-label': chat.send, title: chat.send },
      icon('send'),
    );
    const toAll = element(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': chat.toEverybody, title: chat.toEverybody },
      icon('close'),
    );
    toAll.addEventListener('click', () => this.addressTo(undefined));
    this.#recipient = element('div', { class: 'chat-recipient' }, icon('lock'), this.#recipientName, toAll);
    this.node = element(
      'form',
      { class: 'chat-composer' },
      this.#recipient,
      this.#problem,
      element('div', { class: 'chat-line' }, this.#input, this.#send),
      this.#count,
      element('p', { class: 'visually-hidden', id: hintId }, chat.hint),
    );
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#showRecipient();
    this.#changed();
  }

  /** Whom the next message is for; everybody unless given. Puts the cursor there. */
  addressTo(to: Recipient | undefined): void {
    this.#options.draft.to = to;
    this.#showRecipient();
    this.focus();
  }

  focus(): void {
    this.#input.focus();
  }

  /** The connection is back: what stood in the way is gone. */
  clearProblem(): void {
    setText(this.#problem, '');
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey) return;
    // With an input method, Enter takes what it offers; some browsers tell only by the old code.
    if (event.isComposing || event.keyCode === IN_COMPOSITION) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const { draft, onSend } = this.#options;
    const refusal = onSend(draft.text, draft.to);
    if (refusal === 'not_connected') setText(this.#problem, strings.chat.notConnected);
    if (refusal === undefined) {
      this.#input.value = '';
      this.#changed();
    }
    this.focus();
  }

  #changed(): void {
    const { draft } = this.#options;
    draft.text = this.#input.value;
    const left = MAX_MESSAGE_CHARS - draft.text.trim().length;
    const { chat } = strings;
    this.clearProblem();
    setAttribute(this.#input, 'aria-invalid', left < 0 ? 'true' : undefined);
    setText(this.#count, left < 0 ? chat.tooLong(-left) : left <= NEAR_LIMIT ? chat.left(left) : '');
    this.#count.classList.toggle('field-error', left < 0);
    this.#send.disabled = draft.text.trim() === '' || left < 0;
    // As high as its text, up to what the style allows.
    this.#input.style.height = 'auto';
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }

  #showRecipient(): void {
    const { to } = this.#options.draft;
    const { chat } = strings;
    this.#recipient.hidden = to === undefined;
    setText(this.#recipientName, to === undefined ? '' : chat.onlyTo(to.name));
    const label = to === undefined ? chat.placeholder : chat.placeholderTo(to.name);
    setAttribute(this.#input, 'placeholder', label);
    setAttribute(this.#input, 'aria-label', label);
  }
}
