// `npm run boundaries`: which package may import which; the rules are in boundaries/rules.ts.
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './boundaries/check.ts';

const report = await checkBoundaries(fileURLToPath(new URL('..', import.meta.url)));
for (const violation of report.violations) console.error(violation);
console.log(
  `${report.modules} files, ${report.crossings} imports between packages, ${report.violations.length} violations`,
);
process.exitCode = report.violations.length === 0 ? 0 : 1;
