import type { Person } from '../call-state.ts';
import { element, setAttribute, setText } from '../element.ts';
import { strings } from '../strings.ts';
import type { Hearing } from '../volumes.ts';
import { nextId, switchField } from './fields.ts';
import { type OpenDialog, openDialog } from './modal-dialog.ts';

export interface PersonMenuOptions {
  person: Person;
  /** Opens beside this. */
  tile: HTMLElement;
  onHearing(hearing: Hearing): void;
  /** What features add below. @param close closes the menu */
  actions(close: () => void): HTMLElement[];
}

/** Twice as loud at most, in steps of 5 %. */
const MAX_PERCENT = 200;
const STEP_PERCENT = 5;

/** What can be done about a person: how loud they are here, whether they are heard at all, and what features add. */
export function openPersonMenu({ person, tile, onHearing, actions }: PersonMenuOptions): OpenDialog {
  const text = strings.person;
  let hearing = person.hearing;
  const change = (part: Partial<Hearing>): void => {
    hearing = { ...hearing, ...part };
    onHearing(hearing);
  };

  const id = nextId('volume');
  const slider = element('input', { type: 'range', id, min: 0, max: MAX_PERCENT, step: STEP_PERCENT });
  const value = element('output', { for: id });
  const show = (volume: number): void => {
    const share = text.volumeIs(volume);
    setText(value, share);
    setAttribute(slider, 'aria-valuetext', share);
    slider.style.setProperty('--share', `${(volume * 10_000) / MAX_PERCENT}%`);
  };
  slider.value = String(Math.round(hearing.volume * 100));
  slider.addEventListener('input', () => {
    change({ volume: slider.valueAsNumber / 100 });
    show(hearing.volume);
  });
  show(hearing.volume);

  const volume = element(
    'div',
    { class: 'volume' },
    element('div', { class: 'volume-line' }, element('label', { for: id }, text.volume), value),
    slider,
  );
  const mute = switchField({
    label: text.muteForMe,
    hint: text.muteForMeHint,
    on: hearing.muted,
    onChange: (muted) => change({ muted }),
  });
  const extra = actions(() => dialog.close());
  const content = extra.length === 0 ? [] : [element('div', { class: 'menu-actions' }, ...extra)];
  const dialog = openDialog({
    heading: person.name,
    className: 'person-menu',
    content: [volume, mute, ...content],
    beside: tile,
  });
  return dialog;
}
