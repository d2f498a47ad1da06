import { z } from 'zod';

/** Messages say what is wanted and never quote the value: `parseConfig` does, unless it is secret. */
function numberFromText(
  kind: 'whole number' | 'number',
  min: number,
  max: number,
): z.ZodType<number, string> {
  const pattern = kind === 'number' ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  const range = Number.isFinite(max)
    ? ` from ${min} to ${max}`
    : Number.isFinite(min)
      ? ` of at least ${min}`
      : '';
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (pattern.test(text) && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: `must be a ${kind}${range}` });
    return z.NEVER;
  });
}

function urlFromText(protocols: readonly string[]): z.ZodType<string, string> {
  return z.string().transform((text, context) => {
    try {
      if (protocols.includes(new URL(text).protocol)) return text;
    } catch {
      // Not a URL at all: the message below says what is wanted.
    }
    const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
    context.addIssue({ code: 'custom', message: `must be a URL that starts with ${wanted}` });
    return z.NEVER;
  });
}

const yes = ['true', '1', 'yes', 'on'];
const no = ['false', '0', 'no', 'off'];

/** Schemas that read the usual kinds of value from an environment variable's text. */
export const fieldSchemas = {
  /** Any text that is not empty. */
  text: (): z.ZodType<string, string> => z.string().min(1, 'must not be empty'),

  /** A whole number within bounds (inclusive). */
  integer: ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = {}) =>
    numberFromText('whole number', min, max),

  /** A decimal number within bounds (inclusive). */
  number: ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = {}) =>
    numberFromText('number', min, max),

  /** A TCP port; 0 lets the system choose one. */
  port: () => numberFromText('whole number', 0, 65_535),

  /** true/1/yes/on or false/0/no/off. */
  boolean: (): z.ZodType<boolean, string> =>
    z.string().transform((text, context) => {
      const word = text.toLowerCase();
      if (yes.includes(word)) return true;
      if (no.includes(word)) return false;
      context.addIssue({ code: 'custom', message: 'must be true or false' });
      return z.NEVER;
    }),

  /** One of a few words. */
  oneOf: <const T extends string>(words: readonly T[]): z.ZodType<T, string> =>
    z.string().transform((text, context) => {
      const found = words.find((word) => word === text);
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: `must be one of ${words.join(', ')}` });
      return z.NEVER;
    }),

  /** Items between commas; space around them is dropped, and so are empty items. */
  list: (): z.ZodType<string[], string> =>
    z.string().transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ),

  /** Any other kind of value. The problems must not quote the text, which may be secret. */
  custom: <T>(read: (text: string) => { value: T } | { problems: readonly string[] }): z.ZodType<T, string> =>
    z.string().transform((text, context) => {
      const result = read(text);
      if ('value' in result) return result.value;
      for (const message of result.problems) context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),

  /** A URL of one of the protocols, which are written with their colon (`https:`). */
  url: (protocols: readonly string[] = ['http:', 'https:']) => urlFromText(protocols),
} as const;
