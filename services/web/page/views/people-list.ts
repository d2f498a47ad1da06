import type { CallState, Person } from '../call-state.ts';
import { element } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import { PersonTile } from './person-tile.ts';

export interface PeopleActions {
  /** Says aloud who comes and goes. */
  announce(text: string): void;
  /** Opens what can be done about a person. */
  onOptions(person: Person, tile: HTMLElement): void;
  onInvite(): void;
}

/** Few people get large tiles; from so many on they are smaller. */
const MEDIUM_FROM = 5;
const SMALL_FROM = 13;

/** Everybody in the room, oneself first, in the order in which they came. */
export class PeopleList {
  readonly node: HTMLElement;
  readonly #list = element('ul', { class: 'people' });
  readonly #alone: HTMLElement;
  readonly #tiles = new Map<string, { tile: PersonTile; name: string }>();
  readonly #actions: PeopleActions;
  #filled = false;

  constructor(actions: PeopleActions) {
    this.#actions = actions;
    const { call } = strings;
    const invite = element(
      'button',
      { type: 'button', class: 'button' },
      icon('invite'),
      element('span', {}, call.invite),
    );
    invite.addEventListener('click', () => actions.onInvite());
    this.#alone = element(
      'div',
      { class: 'alone' },
      element('h2', {}, call.aloneHeading),
      element('p', { class: 'hint' }, call.alone),
      invite,
    );
    this.node = element(
      'section',
      { class: 'stage', 'aria-label': call.people },
      element('div', { class: 'stage-middle' }, this.#list, this.#alone),
    );
  }

  update({ people, listeners, phase }: CallState): void {
    const present = new Set(people.map((person) => person.key));
    for (const [key, { tile, name }] of this.#tiles) {
      if (present.has(key)) continue;
      tile.node.remove();
      this.#tiles.delete(key);
      this.#actions.announce(strings.call.left(name));
    }
    for (const person of people) this.#show(person);
    this.#filled ||= phase === 'connected';
    this.#alone.hidden = people.length + listeners > 1;
    const { length } = people;
    this.#list.dataset.size = length >= SMALL_FROM ? 'small' : length >= MEDIUM_FROM ? 'medium' : 'large';
  }

  #show(person: Person): void {
    const shown = this.#tiles.get(person.key);
    if (shown) {
      shown.tile.update(person);
      return;
    }
    const tile = new PersonTile(person, (...which) => this.#actions.onOptions(...which));
    this.#tiles.set(person.key, { tile, name: person.name });
    if (person.isSelf) this.#list.prepend(tile.node);
    else this.#list.append(tile.node);
    // Those who were here before are in the list; reading them all out at the start would be noise.
    if (this.#filled && !person.isSelf) this.#actions.announce(strings.call.joined(person.name));
  }
}
