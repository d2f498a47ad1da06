import { isRoomId } from '@partyline/protocol';
import { element, setAttribute, setText } from '../element.ts';
import { icon, mark } from '../icons.ts';
import { strings } from '../strings.ts';

export interface JoinWish {
  name: string;
  room: string;
  /** With the microphone, or only to listen. */
  talk: boolean;
}

interface Field {
  row: HTMLElement;
  input: HTMLInputElement;
  error: HTMLElement;
}

/** The first view: who are you, and where do you want to go? */
export class JoinForm {
  readonly node: HTMLElement;
  readonly #name: Field;
  readonly #room: Field;
  readonly #submit = element('button', { type: 'submit', class: 'button primary' });
  readonly #listen = element('button', { type: 'button', class: 'button quiet' }, strings.join.listenOnly);
  readonly #onJoin: (wish: JoinWish) => void;

  constructor(onJoin: (wish: JoinWish) => void) {
    this.#onJoin = onJoin;
    const { join } = strings;
    this.#name = field('name', join.name, join.namePlaceholder, { autocomplete: 'nickname', maxlength: 64 });
    this.#room = field(
      'room',
      join.room,
      join.roomPlaceholder,
      { autocapitalize: 'none', maxlength: 64 },
      join.roomHint,
    );
    const form = element(
      'form',
      { class: 'join card', novalidate: true },
      element('h2', {}, join.heading),
      this.#name.row,
      this.#room.row,
      element('div', { class: 'join-buttons' }, this.#submit, this.#listen),
      element('p', { class: 'hint centred' }, join.privacy),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#join(true);
    });
    this.#listen.addEventListener('click', () => this.#join(false));
    this.node = element(
      'main',
      { class: 'join-page' },
      element(
        'div',
        { class: 'hero' },
        mark(),
        element('h1', {}, strings.product),
        element('p', {}, strings.tagline),
      ),
      form,
    );
    this.setBusy(false);
  }

  /** Fills in what is known and puts the cursor where something is missing. */
  open(name: string, room: string): void {
    this.#name.input.value = name;
    this.#room.input.value = room;
    this.setBusy(false);
    if (name === '') this.#name.input.focus();
    else if (room === '') this.#room.input.focus();
    else this.#submit.focus();
  }

  /** While a join is under way the form can be read but not sent again. */
  setBusy(busy: boolean): void {
    this.#submit.disabled = busy;
    this.#listen.disabled = busy;
    this.#submit.replaceChildren(
      icon('microphone'),
      element('span', {}, busy ? strings.join.joining : strings.join.submit),
    );
    setAttribute(this.node, 'aria-busy', busy ? 'true' : undefined);
  }

  #join(talk: boolean): void {
    if (this.#submit.disabled) return;
    const name = this.#name.input.value.trim();
    const room = this.#room.input.value.trim();
    showError(this.#name, name === '' ? strings.join.nameMissing : '');
    showError(this.#room, isRoomId(room) ? '' : strings.join.roomInvalid);
    if (name === '') this.#name.input.focus();
    else if (!isRoomId(room)) this.#room.input.focus();
    else this.#onJoin({ name, room, talk });
  }
}

function field(
  id: string,
  label: string,
  placeholder: string,
  attributes: Record<string, string | number>,
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
