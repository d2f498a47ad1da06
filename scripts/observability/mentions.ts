/**
 * Metrics that a page in Markdown names and that do not exist. What ends in `_`, as in `name_*`, stands for all that
 * begin so.
 * @param names of metrics that exist
 */
export const mentionProblems = (page: string, markdown: string, names: readonly string[]): string[] => {
  const mentioned = new Set(markdown.match(/\bpartyline_[a-z][a-z0-9_]*/g) ?? []);
  return [...mentioned]
    .filter((mention) => !exists(mention, names))
    .map((mention) => `${page}: names ${mention}, which nothing exports.`);
};

const exists = (mention: string, names: readonly string[]): boolean => {
  if (mention.endsWith('_')) return names.some((name) => name.startsWith(mention));
  return names.includes(mention) || names.includes(mention.replace(/_(?:bucket|sum|count)$/, ''));
};
