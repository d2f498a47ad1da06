import { element } from '../element.ts';
import { strings } from '../strings.ts';
import { labelOfKey } from '../talk-key.ts';
import { type OpenDialog, openDialog } from './modal-dialog.ts';

/** The list of keys. @param talkKey the key that is held to talk, as `KeyboardEvent.code` */
export function openShortcuts(talkKey: string): OpenDialog {
  const { shortcuts } = strings;
  const rows: readonly (readonly [string, string])[] = [
    ['M', shortcuts.mute],
    ['D', shortcuts.deafen],
    [labelOfKey(talkKey, shortcuts.keys), shortcuts.hold],
    [labelOfKey('Escape', shortcuts.keys), shortcuts.close],
    ['?', shortcuts.help],
  ];
  const list = element('dl', { class: 'shortcuts' });
  for (const [key, action] of rows) {
    list.append(element('div', {}, element('dt', {}, element('kbd', {}, key)), element('dd', {}, action)));
  }
  return openDialog({ heading: shortcuts.heading, className: 'shortcuts-dialog', content: [list] });
}
