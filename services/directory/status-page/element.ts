interface Properties {
  class?: string;
  text?: string;
  [attribute: `aria-${string}` | `data-${string}`]: string;
  role?: string;
  scope?: string;
  title?: string;
}

/** Makes an element; text is never read as markup. */
export const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { text, ...attributes }: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
};

/** The element of an id. @throws Error when the document has none */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`There is no #${id}.`);
  return found;
};

/** Sets text and attributes only where they differ, so that a screen reader and a selection are left in peace. */
export const setText = (target: Element, text: string): void => {
  if (target.textContent !== text) target.textContent = text;
};

export const setAttribute = (target: Element, name: string, value: string): void => {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
};

/** Children that stand for items: made once, kept while their item is there, in the items' order. */
export class KeyedChildren<Item, View extends { root: Element; update(item: Item): void }> {
  readonly #views = new Map<string, View>();
  readonly #parent: Element;
  readonly #make: (item: Item) => View;

  constructor(parent: Element, make: (item: Item) => View) {
    this.#parent = parent;
    this.#make = make;
  }

  update(items: readonly Item[], keyOf: (item: Item) => string): void {
    const kept = new Set(items.map(keyOf));
    for (const [key, view] of this.#views) {
      if (kept.has(key)) continue;
      view.root.remove();
      this.#views.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      const view = this.#views.get(key) ?? this.#make(item);
      this.#views.set(key, view);
      const there = this.#parent.children[index];
      if (there !== view.root) this.#parent.insertBefore(view.root, there ?? null);
      view.update(item);
    }
  }
}
