// docs/sdk/*.md and libs/client/api.txt from the SDK's own comments and types: `npm run docs` writes them, and without
// `--write` this checks that they are up to date and that nothing exported goes without a comment.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { emitDeclarations } from './sdk/declarations.ts';
import { clientFolder, root } from './sdk/layout.ts';
import { documentationGaps, referencePage, surfaceText } from './sdk-docs/page.ts';
import { readSurface, type SurfaceEntry } from './sdk-docs/surface.ts';

/** A page called index would be taken for a contents page. */
const pageName = ({ entry }: SurfaceEntry): string => (entry.path === '.' ? 'client' : entry.name);

const surface = readSurface(emitDeclarations());
const gaps = documentationGaps(surface);
for (const gap of gaps) console.error(gap);

const files = new Map([
  [path.join(clientFolder, 'api.txt'), surfaceText(surface)],
  ...surface.entries.map(
    (entry) => [path.join(root, 'docs', 'sdk', `${pageName(entry)}.md`), referencePage(entry)] as const,
  ),
]);
let outdated = 0;
for (const [file, text] of files) {
  const name = path.relative(root, file);
  if (process.argv.includes('--write')) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`Wrote ${name}`);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    outdated += 1;
    console.error(
      `${name} does not match what the SDK exports: if that is meant to change, run: npm run docs`,
    );
  }
}
if (gaps.length + outdated === 0) console.log('docs/sdk and libs/client/api.txt are up to date');
process.exitCode = gaps.length + outdated === 0 ? 0 : 1;
