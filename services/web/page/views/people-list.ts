import type { CallState, Person } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { strings } from '../strings.ts';
import { PersonTile } from './person-tile.ts';

/** Everybody in the room, oneself first, in the order in which they came. */
export class PeopleList {
  readonly node: HTMLElement;
  readonly #list = element('ul', { class: 'people' });
  readonly #count = element('p', { class: 'people-count' });
  readonly #alone = element('p', { class: 'hint centred' }, strings.call.alone);
  readonly #tiles = new Map<string, { tile: PersonTile; name: string }>();
  readonly #announce: (text: string) => void;
  #filled = false;

  /** @param announce says aloud who comes and goes */
  constructor(announce: (text: string) => void) {
    this.#announce = announce;
    this.node = element(
      'section',
      { class: 'people-section', 'aria-label': strings.call.people },
      this.#count,
      this.#list,
      this.#alone,
    );
  }

  update({ people, listeners, phase }: CallState): void {
    const present = new Set(people.map((person) => person.key));
    for (const [key, { tile, name }] of this.#tiles) {
      if (present.has(key)) continue;
      tile.node.remove();
      this.#tiles.delete(key);
      this.#announce(strings.call.left(name));
    }
    for (const person of people) this.#show(person);
    this.#filled ||= phase === 'connected';
    const here = strings.call.inRoom(people.length);
    setText(this.#count, listeners > 0 ? `${here} ${strings.call.listeners(listeners)}` : here);
    this.#alone.hidden = people.length + listeners > 1;
  }

  #show(person: Person): void {
    let shown = this.#tiles.get(person.key);
    if (!shown) {
      shown = { tile: new PersonTile(), name: person.name };
      this.#tiles.set(person.key, shown);
      if (person.isSelf) this.#list.prepend(shown.tile.node);
      else this.#list.append(shown.tile.node);
      // Those who were here before are in the list; reading them all out at the start would be noise.
      if (this.#filled && !person.isSelf) this.#announce(strings.call.joined(person.name));
    }
    shown.tile.update(person);
  }
}
