import type { Rule } from './rules.ts';

/** What every section that an alert leads to must say. */
const PARTS = ['Look at', 'Do'] as const;
/** Or a table of what a program says, with this column. */
const TABLE = '| what to do |';

/** Sections of a page in Markdown, by the anchor that GitHub gives their headings. */
export const sectionsOf = (markdown: string): Map<string, string> => {
  const sections = new Map<string, string>();
  let anchor = '';
  let isCode = false;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    const heading = isCode ? undefined : /^#+\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading !== undefined) {
      anchor = anchorOf(heading, sections);
      sections.set(anchor, '');
    } else if (anchor !== '') sections.set(anchor, `${sections.get(anchor)}${line}\n`);
  }
  return sections;
};

/** Alerts that lead to no section of the runbook, or to one that does not say what to look at and what to do. */
export const alertProblems = (rules: readonly Rule[], runbook: string): string[] => {
  const sections = sectionsOf(runbook);
  return rules.flatMap(({ alert, annotations }) => {
    if (alert === undefined) return [];
    const url = annotations.runbook_url;
    const anchor = url === undefined ? undefined : /(?:^|\/)docs\/runbook\.md#(.+)$/.exec(url)?.[1];
    if (anchor === undefined) {
      return [
        `${alert}: has no annotation runbook_url that ends in docs/runbook.md# and the anchor of a heading.`,
      ];
    }
    const section = sections.get(anchor);
    if (section === undefined)
      return [`${alert}: leads to #${anchor}, which is no heading of docs/runbook.md.`];
    if (section.includes(TABLE)) return [];
    return PARTS.filter((part) => !section.includes(`**${part}`)).map(
      (part) => `${alert}: #${anchor} in docs/runbook.md does not say **${part}.**`,
    );
  });
};

/** As GitHub does: small letters, no punctuation, hyphens for spaces, and a number where one was there before. */
const anchorOf = (heading: string, taken: ReadonlyMap<string, string>): string => {
  const plain = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
  let anchor = plain;
  for (let count = 1; taken.has(anchor); count++) anchor = `${plain}-${count}`;
  return anchor;
};
