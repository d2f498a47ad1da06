/**
 * The few combinators that check control messages at both ends. Own code, because this package has no
 * dependencies: the same file runs in the edge, in a browser and in k6. Unknown fields are ignored, so that
 * a newer peer may add some (protocol rule 22).
 */

/** Reads one value; throws a {@link ShapeError} that says where and what was expected. */
export type Shape<T> = (value: unknown, path: string) => T;
export type Infer<S> = S extends Shape<infer T> ? T : never;

export class ShapeError extends Error {
  override name = 'ShapeError';
}

const fail = (path: string, expected: string): never => {
  throw new ShapeError(`${path} must be ${expected}`);
};

export const string =
  (minLength: number, maxLength: number, test?: (value: string) => boolean): Shape<string> =>
  (value, path) =>
    typeof value === 'string' &&
    value.length >= minLength &&
    value.length <= maxLength &&
    (test === undefined || test(value))
      ? value
      : fail(path, `a string of ${minLength} to ${maxLength} allowed characters`);

export const number =
  (min: number, max: number): Shape<number> =>
  (value, path) =>
    typeof value === 'number' && value >= min && value <= max
      ? value
      : fail(path, `a number from ${min} to ${max}`);

export const integer =
  (min: number, max: number): Shape<number> =>
  (value, path) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : fail(path, `a whole number from ${min} to ${max}`);

export const boolean: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false');

export const oneOf =
  <const Options extends readonly string[]>(...options: Options): Shape<Options[number]> =>
  (value, path) =>
    options.includes(value as string)
      ? (value as Options[number])
      : fail(path, `one of ${options.join(', ')}`);

export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : shape(value, path);

export const array =
  <T>(shape: Shape<T>, maxLength: number): Shape<T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > maxLength)
      return fail(path, `a list of at most ${maxLength}`);
    return value.map((item, index) => shape(item, `${path}[${index}]`));
  };

/** A list of exactly two. */
export const pair =
  <T>(shape: Shape<T>): Shape<[T, T]> =>
  (value, path) =>
    Array.isArray(value) && value.length === 2
      ? [shape(value[0], `${path}[0]`), shape(value[1], `${path}[1]`)]
      : fail(path, 'a list of two');

type Fields = Record<string, Shape<unknown>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends Infer<F[K]> ? K : never;
}[keyof F];
type ObjectOf<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
  [K in OptionalKeys<F>]?: Infer<F[K]>;
};

export const object =
  <F extends Fields>(fields: F): Shape<ObjectOf<F>> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
    const result: Record<string, unknown> = {};
    for (const key in fields) {
      // Own properties only: `constructor` and the like are no fields of a message.
      const field = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      const read = fields[key]!(field, path === '' ? key : `${path}.${key}`);
      if (read !== undefined) result[key] = read;
    }
    return result as ObjectOf<F>;
  };
