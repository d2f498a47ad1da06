/** Keys that do something else on the page or in the browser. */
const TAKEN = new Set([
  'Escape',
  'Tab',
  'Enter',
  'NumpadEnter',
  'KeyM',
  'KeyD',
  'Slash',
  'MetaLeft',
  'MetaRight',
]);
const SHAPE = /^[A-Z][A-Za-z0-9]{1,31}$/;

/** Whether a key may be held to talk. @param code `KeyboardEvent.code`, or whatever was stored */
export function isTalkKey(code: unknown): code is string {
  return typeof code === 'string' && SHAPE.test(code) && !TAKEN.has(code);
}

/**
 * What is printed on a key, for people.
 * @param code `KeyboardEvent.code`
 * @param names keys with a word on them, in the language of the moment
 */
export function labelOfKey(code: string, names: Readonly<Record<string, string>>): string {
  const named = names[code];
  if (named !== undefined) return named;
  const letter = /^(?:Key|Digit)(.)$/.exec(code)?.[1];
  // "ControlLeft" is known well enough as "Control Left".
  return letter ?? code.replace(/(?<=[a-z])(?=[A-Z0-9])/g, ' ');
}
