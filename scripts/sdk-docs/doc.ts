import ts from 'typescript';

/** What TSDoc says of something; texts are Markdown on one line, examples as they are. */
export interface Doc {
  text: string;
  parameters: readonly { name: string; text: string }[];
  returns: string;
  /** Each begins with the error's name. */
  throws: readonly string[];
  examples: readonly string[];
}

/** Reads the comment before a declaration; of several the last one, as the compiler does. */
export const docOf = (node: ts.Node): Doc => {
  // The comment of `export const f` stands before the statement.
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const comments = ts.getJSDocCommentsAndTags(holder).filter(ts.isJSDoc);
  const comment = comments.at(-1);
  const tags: readonly ts.JSDocTag[] = comment?.tags ?? [];
  const textOf = (content: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
    links(ts.getTextOfJSDocComment(content) ?? '');
  const all = (name: string): string[] =>
    tags.filter(({ tagName }) => tagName.text === name).map(({ comment: content }) => textOf(content));
  return {
    text: paragraphs(textOf(comment?.comment)),
    parameters: tags
      .filter(ts.isJSDocParameterTag)
      .map((tag) => ({ name: tag.name.getText(), text: flat(textOf(tag.comment)) })),
    returns: flat(all('returns')[0] ?? ''),
    throws: all('throws').map(flat),
    examples: all('example').map((text) => text.trim()),
  };
};

/** `{@link Room.clock}` reads `Room.clock`. */
const links = (text: string): string => text.replace(/\{@link\s+([^}]+?)\s*\}/g, '`$1`');

const flat = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/^[-–]\s*/, '')
    .trim();

const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map(flat)
    .filter(Boolean)
    .join('\n\n');
