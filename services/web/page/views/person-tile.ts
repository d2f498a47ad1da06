import type { Person } from '../call-state.ts';
import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

/** One person: initials in a circle of their own colour, a ring that grows with the voice, name and state. */
export class PersonTile {
  readonly node: HTMLLIElement;
  readonly #avatar: HTMLElement;
  readonly #initials = element('span', { class: 'initials', 'aria-hidden': 'true' });
  readonly #name = element('span', { class: 'person-name' });
  readonly #state = element('span', { class: 'person-state' });
  #person: Person;

  /** @param onOptions opens what can be done about this person; oneself has no such thing */
  constructor(person: Person, onOptions: (person: Person, tile: HTMLElement) => void) {
    this.#person = person;
    const badge = (name: 'microphoneOff' | 'speakerOff'): HTMLElement =>
      element('span', { class: `badge ${name}`, 'aria-hidden': 'true' }, icon(name));
    this.#avatar = element(
      'div',
      { class: 'avatar' },
      this.#initials,
      badge('microphoneOff'),
      badge('speakerOff'),
    );
    this.node = element('li', { class: 'person' }, this.#avatar);
    if (person.isSelf) {
      const you = element('span', { class: 'tag' }, strings.call.you);
      this.node.append(element('span', { class: 'person-heading' }, this.#name, you), this.#state);
    } else {
      const button = element(
        'button',
        { type: 'button', class: 'person-button', 'aria-haspopup': 'dialog' },
        this.#name,
        element('span', { class: 'visually-hidden' }, strings.person.options),
      );
      button.addEventListener('click', () => onOptions(this.#person, this.node));
      const more = element('span', { class: 'person-more', 'aria-hidden': 'true' }, icon('more'));
      this.node.append(button, this.#state, more);
    }
    this.update(person);
  }

  update(person: Person): void {
    this.#person = person;
    const silenced = person.muted || person.moderated;
    const speaking = person.speaking && !silenced;
    const { classList } = this.node;
    classList.toggle('speaking', speaking);
    classList.toggle('muted', silenced && person.publisher);
    classList.toggle('unheard', person.hearing.muted);
    classList.toggle('away', person.reconnecting);
    this.#avatar.style.setProperty('--level', (speaking ? person.level : 0).toFixed(2));
    if (this.#name.textContent !== person.name) {
      this.#avatar.style.setProperty('--hue', String(hue(person.name)));
      setText(this.#initials, initials(person.name));
      setText(this.#name, person.name);
      setAttribute(this.#name, 'title', person.name);
    }
    setText(this.#state, stateOf(person));
  }
}

function stateOf(person: Person): string {
  const { call } = strings;
  if (person.reconnecting) return call.reconnecting;
  if (!person.publisher) return call.listening;
  if (person.moderated) return call.mutedByModerator;
  if (person.muted) return call.muted;
  if (person.hearing.muted) return strings.person.mutedForMe;
  return person.speaking ? call.speaking : '';
}

/** First letters of the first and last word; whole characters, so that emoji and accents survive. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return chosen.map((word) => ([...word][0] ?? '').toLocaleUpperCase()).join('');
}

/** The same name has the same colour on everybody's page. */
function hue(name: string): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) % 3_600;
  return (hash * 137) % 360;
}
