type Child = Node | string;

/** Attributes by name; `class` and `aria-*` included. True means present, false and undefined mean absent. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Builds an element with attributes and children: text goes in as text, so a name can never become markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children);
  return node;
}

/** Sets an element's text only when it differs, so that screen readers and layout are left in peace. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets or removes an attribute only when it differs. */
export function setAttribute(node: Element, name: string, value: string | boolean | undefined): void {
  if (value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : value;
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}
