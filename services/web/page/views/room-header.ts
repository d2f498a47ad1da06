import type { CallState } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { icon, mark } from '../icons.ts';
import { strings } from '../strings.ts';

/** Where one is, how the connection stands, and the link to send to others. */
export class RoomHeader {
  readonly node: HTMLElement;
  readonly #room = element('h1', { class: 'room-name' });
  readonly #status = element('span', { class: 'status', role: 'status' });
  readonly #copyLabel = element('span', {}, strings.call.copyLink);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param link the address that opens this room */
  constructor(link: () => string) {
    const copy = element(
      'button',
      { type: 'button', class: 'button quiet', id: 'copy' },
      icon('link'),
      this.#copyLabel,
    );
    copy.addEventListener('click', () => void this.#copy(link()));
    this.node = element(
      'header',
      { class: 'room-header' },
      mark(),
      element('div', { class: 'room-title' }, this.#room, this.#status),
      copy,
    );
  }

  update({ room, phase }: CallState): void {
    setText(this.#room, room);
    this.#status.dataset.phase = phase;
    setText(this.#status, strings.status[phase]);
  }

  async #copy(link: string): Promise<void> {
    let said: string = strings.call.linkCopied;
    try {
      // Absent outside secure contexts, refused without focus: the address bar has the link anyway.
      await navigator.clipboard.writeText(link);
    } catch {
      said = strings.call.linkNotCopied;
    }
    clearTimeout(this.#timer);
    setText(this.#copyLabel, said);
    this.#timer = setTimeout(() => setText(this.#copyLabel, strings.call.copyLink), 2_500);
  }
}
