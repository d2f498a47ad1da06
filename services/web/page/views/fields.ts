import { element } from '../element.ts';

export interface SwitchOptions {
  label: string;
  hint?: string;
  on: boolean;
  onChange(on: boolean): void;
}

export interface Choice<Value extends string = string> {
  value: Value;
  label: string;
}

export interface SelectOptions {
  label: string;
  onChange(value: string): void;
}

export interface SelectField {
  readonly node: HTMLElement;
  readonly select: HTMLSelectElement;
  /** Replaces what can be chosen. */
  show(choices: readonly Choice[], chosen: string): void;
}

export interface SegmentsOptions<Value extends string> {
  legend: string;
  /** The legend is there for screen readers only. */
  quiet?: boolean;
  choices: readonly Choice<Value>[];
  chosen: Value;
  onChange(value: Value): void;
}

let ids = 0;

/** An id for a control, that its label and its description may name. */
export function nextId(what: string): string {
  ids += 1;
  return `${what}-${ids}`;
}

/** Something that is on or off. */
export function switchField({ label, hint, on, onChange }: SwitchOptions): HTMLElement {
  const id = nextId('switch');
  const input = element('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    id,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
  });
  input.checked = on;
  input.addEventListener('change', () => onChange(input.checked));
  const text = element('span', { class: 'setting-text' }, element('label', { for: id }, label));
  if (hint !== undefined) text.append(element('span', { class: 'hint', id: `${id}-hint` }, hint));
  return element('div', { class: 'setting' }, text, input);
}

/** One of many, by a list that drops down. */
export function selectField({ label, onChange }: SelectOptions): SelectField {
  const id = nextId('select');
  const select = element('select', { id });
  select.addEventListener('change', () => onChange(select.value));
  const box = element('span', { class: 'select' }, select);
  return {
    node: element('div', { class: 'field' }, element('label', { for: id }, label), box),
    select,
    show: (choices, chosen) => {
      const options = choices.map((choice) => element('option', { value: choice.value }, choice.label));
      select.replaceChildren(...options);
      select.value = chosen;
    },
  };
}

/** One of a few, all in sight. */
export function segmentsField<Value extends string>(options: SegmentsOptions<Value>): HTMLFieldSetElement {
  const { legend, quiet = false, choices, chosen, onChange } = options;
  const name = nextId('segments');
  const row = element('span', { class: 'segments' });
  for (const { value, label } of choices) {
    const id = `${name}-${value}`;
    const radio = element('input', { type: 'radio', name, value, id });
    radio.checked = value === chosen;
    radio.addEventListener('change', () => {
      if (radio.checked) onChange(value);
    });
    row.append(radio, element('label', { for: id }, label));
  }
  const heading = element('legend', { class: quiet ? 'visually-hidden' : 'field-label' }, legend);
  return element('fieldset', { class: 'segments-field' }, heading, row);
}
