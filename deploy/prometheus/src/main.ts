// The committed rules from their sources: `npm run rules` writes them, and with `--check` this says whether they
// are up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderRules } from './render.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

for (const [name, text] of renderRules()) {
  const file = fileOf(name);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    console.log(`Wrote deploy/prometheus/${name}`);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`deploy/prometheus/${name} does not match its sources; run: npm run rules`);
    process.exitCode = 1;
  } else {
    console.log(`deploy/prometheus/${name} is up to date`);
  }
}
