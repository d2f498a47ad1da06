import { isRoomId } from '@partyline/protocol';
import { readToken } from '../access-token.ts';
import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

export interface JoinFormValues {
  name: string;
  room: string;
  /** As typed, or as it came with the address; empty for guests. */
  token: string;
  /** It came with the address: then it is used and not shown. */
  tokenFromAddress: boolean;
}

export interface JoinWish {
  name: string;
  room: string;
  token: string | undefined;
  /** With the microphone, or only to listen. */
  talk: boolean;
}

export interface JoinFormOptions {
  values: JoinFormValues;
  onJoin(wish: JoinWish): void;
  onCancel(): void;
}

interface Field {
  row: HTMLElement;
  input: HTMLInputElement;
  error: HTMLElement;
}

/** Who are you, and where do you want to go? */
export class JoinForm {
  readonly node: HTMLFormElement;
  readonly #options: JoinFormOptions;
  readonly #name: Field;
  readonly #room: Field;
  readonly #token: Field;
  readonly #submit = element('button', { type: 'submit', class: 'button primary' });
  readonly #listen = element('button', { type: 'button', class: 'button quiet' });
  #busy = false;

  constructor(options: JoinFormOptions) {
    this.#options = options;
    const { values } = options;
    const { join } = strings;
    this.#name = field('name', join.name, join.namePlaceholder, { autocomplete: 'nickname', maxlength: 64 });
    const roomAttributes = { autocapitalize: 'none', autocomplete: 'off', maxlength: 64 };
    this.#room = field('room', join.room, join.roomPlaceholder, roomAttributes, join.roomHint);
    const tokenAttributes = { type: 'password', autocomplete: 'off', required: false };
    this.#token = field('token', join.token, '', tokenAttributes, join.tokenHint);
    this.#token.input.addEventListener('input', () => this.#fillFromToken());
    this.#name.input.value = values.name;
    this.#room.input.value = values.room;
    if (!values.tokenFromAddress) this.#token.input.value = values.token;
    const more = values.tokenFromAddress
      ? element('p', { class: 'note' }, icon('key'), join.tokenFromAddress)
      : element('details', { class: 'more' }, element('summary', {}, join.more), this.#token.row);
    this.node = element(
      'form',
      { class: 'join card', novalidate: true },
      element('h2', {}, join.heading),
      this.#name.row,
      this.#room.row,
      more,
      element('div', { class: 'join-buttons' }, this.#submit, this.#listen),
      element('p', { class: 'hint centred' }, join.privacy),
    );
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#join(true);
    });
    this.#listen.addEventListener('click', () => {
      if (this.#busy) options.onCancel();
      else this.#join(false);
    });
    this.setBusy(false);
  }

  get values(): JoinFormValues {
    const { tokenFromAddress, token } = this.#options.values;
    return {
      name: this.#name.input.value,
      room: this.#room.input.value,
      token: tokenFromAddress ? token : this.#token.input.value.trim(),
      tokenFromAddress,
    };
  }

  /** Puts the cursor where something is missing. */
  focus(): void {
    if (this.#name.input.value === '') this.#name.input.focus();
    else if (this.#room.input.value === '') this.#room.input.focus();
    else this.#submit.focus();
  }

  /** While a join is under way the form can be read and the join given up, but not sent again. */
  setBusy(busy: boolean): void {
    const { join } = strings;
    this.#busy = busy;
    this.#submit.disabled = busy;
    this.#submit.replaceChildren(icon('microphone'), element('span', {}, busy ? join.joining : join.submit));
    setText(this.#listen, busy ? join.cancel : join.listenOnly);
    setAttribute(this.node, 'aria-busy', busy ? 'true' : undefined);
  }

  #join(talk: boolean): void {
    if (this.#busy) return;
    const values = this.values;
    const name = values.name.trim();
    const room = values.room.trim();
    showError(this.#name, name === '' ? strings.join.nameMissing : '');
    showError(this.#room, isRoomId(room) ? '' : strings.join.roomInvalid);
    if (name === '') this.#name.input.focus();
    else if (!isRoomId(room)) this.#room.input.focus();
    else this.#options.onJoin({ name, room, token: values.token === '' ? undefined : values.token, talk });
  }

  /** A token names its room, and often the person. */
  #fillFromToken(): void {
    const { room, name } = readToken(this.#token.input.value.trim());
    if (room !== undefined) this.#room.input.value = room;
    if (name !== undefined && this.#name.input.value === '') this.#name.input.value = name;
  }
}

function field(
  id: string,
  label: string,
  placeholder: string,
  attributes: Record<string, string | number | boolean>,
  hint?: string,
): Field {
  const error = element('p', { class: 'field-error', id: `${id}-error`, role: 'alert' });
  const input = element('input', {
    id,
    name: id,
    type: 'text',
    placeholder,
    spellcheck: 'false',
    required: true,
    'aria-describedby': hint ? `${id}-error ${id}-hint` : `${id}-error`,
    ...attributes,
  });
  const row = element('div', { class: 'field' }, element('label', { for: id }, label), input, error);
  if (hint) row.append(element('p', { class: 'hint', id: `${id}-hint` }, hint));
  const made = { row, input, error };
  input.addEventListener('input', () => showError(made, ''));
  return made;
}

function showError({ input, error }: Field, text: string): void {
  setText(error, text);
  setAttribute(input, 'aria-invalid', text === '' ? undefined : 'true');
}
