import type { Surface, SurfaceEntry, SurfaceItem, SurfaceMember } from './surface.ts';

const TITLES: Record<string, string> = {
  '.': 'rooms, frames and errors, in browsers and Node',
  './browser': 'calls, devices and microphones',
  './node': 'voice in and out as PCM, WAV files',
  './server': 'access tokens and webhooks, wherever Web Crypto is',
};

const nameOf = (path: string): string => `@partyline/client${path.slice(1)}`;

/** The reference of one entry, as Markdown. */
export const referencePage = ({ entry, items }: SurfaceEntry): string => {
  const parts = [
    `# ${nameOf(entry.path)}`,
    `${sentence(TITLES[entry.path]!)}. Written by \`npm run docs\` from the comments in \`libs/client\`; the guide is [docs/sdk.md](../sdk.md).`,
    contents(items),
    ...items.map(itemSection),
  ];
  return `${parts.join('\n\n')}\n`;
};

/** Every name with its signature and nothing said about it: what may not change unnoticed. */
export const surfaceText = ({ entries }: Surface): string => {
  const head = [
    'What @partyline/client exports, signature by signature. A change here is a change for everybody who uses it: what goes or',
    'asks for more needs a new major version. `npm run docs` writes this file; scripts/sdk-docs.ts compares it.',
  ].join('\n');
  const blocks = entries.map(({ entry, items }) =>
    [`## ${nameOf(entry.path)}`, ...items.map(({ signature }) => signature)].join('\n\n'),
  );
  return `${[head, ...blocks].join('\n\n')}\n`;
};

/** Sentences about what lacks its documentation; empty when all is said. */
export const documentationGaps = ({ entries, forgotten }: Surface): string[] => [
  ...forgotten.map((what) => `${what}, which no entry exports: export it as a type`),
  ...entries.flatMap(({ entry, items }) =>
    items.flatMap((item) => {
      const where = `${nameOf(entry.path)}: ${item.name}`;
      const callable = item.kind === 'function' || (item.kind === 'class' && !item.name.endsWith('Error'));
      return [
        ...(item.doc.text === '' ? [`${where} has no comment`] : []),
        ...(callable && item.doc.examples.length === 0 ? [`${where} has no @example`] : []),
        ...item.members.filter(isUnsaid).map(({ name }) => `${where}.${name} has no comment`),
      ];
    }),
  ),
];

const isUnsaid = ({ name, doc }: SurfaceMember): boolean =>
  name !== 'constructor' && doc.text === '' && doc.parameters.length === 0 && doc.throws.length === 0;

const contents = (items: readonly SurfaceItem[]): string =>
  items.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(' · ');

const itemSection = (item: SurfaceItem): string => {
  const { name, kind, doc, options, members } = item;
  const shown = kind === 'interface' || kind === 'class' ? undefined : code(item.signature);
  const heritage = /^(?:class|interface) \w+ +(extends [^{]+?) *\{/.exec(item.signature)?.[1];
  return join([
    `## ${name}`,
    heritage === undefined ? undefined : `_${kind}, ${heritage}_`,
    doc.text,
    options.length > 0 ? undefined : shown,
    ...docParts(doc),
    options.length === 0
      ? undefined
      : table(
          ['value', 'what it means, what to do'],
          options.map(({ value, text }) => [`\`${value}\``, text]),
        ),
    propertiesTable(members.filter((member) => member.kind === 'property')),
    ...members.filter((member) => member.kind === 'method').map((member) => methodSection(item, member)),
  ]);
};

const propertiesTable = (members: readonly SurfaceMember[]): string | undefined =>
  members.length === 0
    ? undefined
    : table(
        ['property', 'type', 'what it is'],
        members.map(({ name, type, optional, doc }) => [
          `\`${name}${optional ? '?' : ''}\``,
          `\`${type}\``,
          [doc.text.replace(/\n\n/g, ' '), ...doc.throws.map((error) => `Throws ${error}.`)].join(' ').trim(),
        ]),
      );

const methodSection = ({ name, kind }: SurfaceItem, member: SurfaceMember): string => {
  const title =
    member.name === 'constructor'
      ? `new ${name}()`
      : `${kind === 'class' && member.signature.startsWith('static') ? `${name}.` : ''}${member.name}()`;
  return join([`### ${title}`, member.doc.text, code(member.signature), ...docParts(member.doc)]);
};

const docParts = ({ parameters, returns, throws, examples }: SurfaceItem['doc']): (string | undefined)[] => [
  parameters.length === 0
    ? undefined
    : parameters.map(({ name, text }) => `- \`${name}\`: ${text}`).join('\n'),
  returns === '' ? undefined : `**Returns** ${returns}.`,
  throws.length === 0 ? undefined : `**Errors** ${throws.join('; ')}.`,
  ...examples.map(code),
];

const code = (text: string): string => `\`\`\`ts\n${text}\n\`\`\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const join = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
