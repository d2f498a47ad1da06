import { element } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

export interface DialogOptions {
  heading: string;
  /** For the styles. */
  className: string;
  content: readonly Node[];
  /** Opens beside this, where there is room; otherwise in the middle. */
  beside?: Element;
  onClose?: () => void;
}

export interface OpenDialog {
  readonly node: HTMLDialogElement;
  close(): void;
}

/** Between an anchor and what opens beside it, and the least to the window's edges, in px. */
const GAP_PX = 8;

let headings = 0;

/**
 * Opens a dialog that has the page to itself: the browser keeps the focus in it, closes it by Escape, and gives the focus back. It is in
 * the document only while it is open.
 */
export function openDialog({ heading, className, content, beside, onClose }: DialogOptions): OpenDialog {
  headings += 1;
  const headingId = `dialog-heading-${headings}`;
  const close = element(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': strings.person.close },
    icon('close'),
  );
  const node = element(
    'dialog',
    { class: `dialog ${className}`, 'aria-labelledby': headingId },
    element(
      'div',
      { class: 'dialog-body' },
      element('header', { class: 'dialog-header' }, element('h2', { id: headingId }, heading), close),
      ...content,
    ),
  );
  close.addEventListener('click', () => node.close());
  // What is around the dialog belongs to it as its backdrop; the body fills the rest.
  node.addEventListener('pointerdown', (event) => {
    if (event.target === node) node.close();
  });
  node.addEventListener('close', () => {
    node.remove();
    onClose?.();
  });
  document.body.append(node);
  node.showModal();
  if (beside) place(node, beside.getBoundingClientRect());
  return { node, close: () => node.close() };
}

/** Below the anchor, or above where there is more room; never over the window's edges. */
function place(node: HTMLDialogElement, anchor: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = anchor.bottom + GAP_PX;
  const above = anchor.top - GAP_PX - height;
  const top = below + height + GAP_PX <= innerHeight || above < GAP_PX ? below : above;
  const left = anchor.left + (anchor.width - width) / 2;
  node.classList.add('placed');
  node.style.setProperty('--top', `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`);
  node.style.setProperty('--left', `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`);
}
