import { element } from '../element.ts';

/** Says what happens in the room to people who do not see the page; never visible. */
export class Announcer {
  readonly node = element('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });

  say(text: string): void {
    this.node.append(element('p', {}, text));
    // Only what is new is read, so old lines are of no use.
    while (this.node.childElementCount > 5) this.node.firstElementChild!.remove();
  }
}
