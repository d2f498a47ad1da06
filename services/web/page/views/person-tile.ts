import type { Person } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

/** One person: initials in a circle of their own colour, a ring that grows with the voice, name and state. */
export class PersonTile {
  readonly node: HTMLLIElement;
  readonly #avatar: HTMLElement;
  readonly #initials = element('span', { class: 'initials', 'aria-hidden': 'true' });
  readonly #name = element('span', { class: 'person-name' });
  readonly #you = element('span', { class: 'tag' }, strings.call.you);
  readonly #state = element('span', { class: 'person-state' });

  constructor() {
    const muted = element('span', { class: 'muted-badge', 'aria-hidden': 'true' }, icon('microphoneOff'));
    this.#avatar = element('div', { class: 'avatar' }, this.#initials, muted);
    this.node = element('li', { class: 'person' }, this.#avatar, this.#name, this.#you, this.#state);
  }

  update(person: Person): void {
    const silenced = person.muted || person.moderated;
    const { classList } = this.node;
    classList.toggle('speaking', person.speaking && !silenced);
    classList.toggle('muted', silenced && person.publisher);
    classList.toggle('away', person.reconnecting);
    this.#avatar.style.setProperty('--level', (person.speaking && !silenced ? person.level : 0).toFixed(2));
    if (this.#name.textContent !== person.name) {
      this.#avatar.style.setProperty('--hue', String(hue(person.name)));
      setText(this.#initials, initials(person.name));
      setText(this.#name, person.name);
      this.#name.title = person.name;
    }
    this.#you.hidden = !person.isSelf;
    setText(this.#state, stateOf(person));
  }
}

function stateOf(person: Person): string {
  const { call } = strings;
  if (person.reconnecting) return call.reconnecting;
  if (!person.publisher) return call.listening;
  if (person.moderated) return call.mutedByModerator;
  if (person.muted) return call.muted;
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
