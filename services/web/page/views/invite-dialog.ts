import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import { nextId } from './fields.ts';
import { type OpenDialog, openDialog } from './modal-dialog.ts';

/** The link to the room: to copy, or to pass on as the system does. */
export function openInvite(room: string, link: string): OpenDialog {
  const { call } = strings;
  const id = nextId('link');
  const field = element('input', { id, type: 'text', readonly: true, value: link });
  field.addEventListener('focus', () => field.select());
  const said = element('p', { class: 'hint', role: 'status' });
  const copy = element(
    'button',
    { type: 'button', class: 'button primary', autofocus: true },
    icon('link'),
    element('span', {}, call.copyLink),
  );
  copy.addEventListener('click', async () => {
    setText(said, (await copied(link)) ? call.linkCopied : call.linkNotCopied);
  });
  const buttons = element('div', { class: 'dialog-buttons' }, copy);
  // Where the system can pass a link on: phones, and some desktops.
  if (typeof navigator.share === 'function') {
    const share = element(
      'button',
      { type: 'button', class: 'button' },
      icon('share'),
      element('span', {}, call.share),
    );
    share.addEventListener('click', () => {
      // Refused when the person thinks better of it: nothing to say about that.
      navigator
        .share({ title: strings.product, text: call.shareText(room), url: link })
        .catch(() => undefined);
    });
    buttons.append(share);
  }
  return openDialog({
    heading: call.inviteHeading,
    className: 'invite',
    content: [
      element('p', { class: 'hint' }, call.inviteHint),
      element('div', { class: 'field' }, element('label', { for: id }, call.link), field),
      buttons,
      said,
    ],
  });
}

/** Absent outside secure contexts, refused without focus: then the link has to be copied by hand. */
async function copied(link: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(link);
    return true;
  } catch {
    return false;
  }
}
