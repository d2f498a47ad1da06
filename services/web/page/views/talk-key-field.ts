import { element, setText } from '../element.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { strings } from '../strings.ts';
import { isTalkKey, labelOfKey } from '../talk-key.ts';

/** Shows the key that is held to talk, and takes another one: the next that is pressed. */
export function talkKeyField(preferences: PreferenceStore): HTMLElement {
  const { settings, shortcuts } = strings;
  const shown = element('kbd', {});
  const said = element('p', { class: 'field-error', role: 'alert' });
  const change = element('button', { type: 'button', class: 'button small' });
  let waiting = false;
  const show = (asked: boolean): void => {
    waiting = asked;
    setText(shown, labelOfKey(preferences.current.talkKey, shortcuts.keys));
    setText(change, asked ? settings.pressKey : settings.changeKey);
  };
  change.addEventListener('click', () => show(!waiting));
  change.addEventListener('blur', () => show(false));
  change.addEventListener('keydown', (event) => {
    if (!waiting || event.code === 'Tab') return;
    // Neither a press of this button nor a shortcut of the page; Escape gives up without closing the dialog.
    event.preventDefault();
    event.stopPropagation();
    const { code } = event;
    if (isTalkKey(code)) preferences.change({ talkKey: code });
    const refused = code !== 'Escape' && !isTalkKey(code);
    setText(said, refused ? settings.keyTaken(labelOfKey(code, shortcuts.keys)) : '');
    show(refused);
  });
  // The space bar presses a button when it goes up, which would ask again.
  change.addEventListener('keyup', (event) => event.preventDefault());
  show(false);
  return element(
    'div',
    { class: 'setting-group' },
    element(
      'div',
      { class: 'setting' },
      element(
        'span',
        { class: 'setting-text' },
        element('span', {}, settings.talkKey),
        element('span', { class: 'hint' }, settings.talkKeyHint),
      ),
      element('span', { class: 'talk-key' }, shown, change),
    ),
    said,
  );
}
