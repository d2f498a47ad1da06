import { element } from '../element.ts';
import { strings } from '../strings.ts';
import { nextId, segmentsField } from './fields.ts';
import { type OpenDialog, openDialog } from './modal-dialog.ts';

/** What a moderator decided about somebody. */
export interface Removal {
  /** How long they are kept out; as long as the service usually does unless given. */
  seconds?: number;
  /** Shown to them. */
  reason?: string;
}

export interface RemoveDialogOptions {
  name: string;
  /** Has an identity for this visit only, so that nothing keeps them from coming again. */
  isGuest: boolean;
  onRemove(removal: Removal): void;
}

type HowLong = 'disconnect' | 'minutes' | 'usual';

const seconds: Readonly<Record<HowLong, number | undefined>> = {
  disconnect: 0,
  minutes: 600,
  usual: undefined,
};
/** Somewhat less than the service takes: it has to fit into a message across the top of a page. */
const MAX_REASON_CHARS = 200;

/** Asks before somebody is removed: for how long, and why. */
export function openRemoveDialog({ name, isGuest, onRemove }: RemoveDialogOptions): OpenDialog {
  const { moderation, join } = strings;
  let howLong: HowLong = 'minutes';
  const duration = segmentsField<HowLong>({
    legend: moderation.howLong,
    choices: [
      { value: 'disconnect', label: moderation.disconnect },
      { value: 'minutes', label: strings.format.duration(seconds.minutes!) },
      { value: 'usual', label: moderation.usual },
    ],
    chosen: howLong,
    onChange: (chosen) => {
      howLong = chosen;
    },
  });
  const id = nextId('reason');
  const reason = element('input', {
    id,
    type: 'text',
    maxlength: MAX_REASON_CHARS,
    autocomplete: 'off',
    dir: 'auto',
    'aria-describedby': `${id}-hint`,
  });
  const remove = element('button', { type: 'submit', class: 'button danger' }, moderation.confirm);
  const cancel = element('button', { type: 'button', class: 'button' }, join.cancel);
  const form = element(
    'form',
    { class: 'fields' },
    duration,
    element('p', { class: 'hint' }, isGuest ? moderation.guestHint : moderation.usualHint),
    element(
      'div',
      { class: 'field' },
      element('label', { for: id }, moderation.reason),
      reason,
      element('p', { class: 'hint', id: `${id}-hint` }, moderation.reasonHint),
    ),
    element('div', { class: 'dialog-buttons' }, remove, cancel),
  );
  const dialog = openDialog({
    heading: moderation.removeHeading(name),
    className: 'remove-dialog',
    content: [form],
  });
  cancel.addEventListener('click', () => dialog.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close();
    const why = reason.value.trim();
    const forSeconds = seconds[howLong];
    onRemove({
      ...(forSeconds === undefined ? {} : { seconds: forSeconds }),
      ...(why === '' ? {} : { reason: why }),
    });
  });
  return dialog;
}
