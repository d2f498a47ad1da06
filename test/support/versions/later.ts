/** What a later version might add to everything that it says. */
const MORE = { later: { colour: 'red', list: [1, { deep: true }], nothing: null } } as const;

/** A copy with a field of a later version in each object, however deep. */
const withMore = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, withMore(field)] as const);
  return { ...Object.fromEntries(fields), ...MORE };
};

/** The same for JSON text; what is none stays as it is. */
export const laterJson = (text: string): string => {
  try {
    return JSON.stringify(withMore(JSON.parse(text)));
  } catch {
    return text;
  }
};
