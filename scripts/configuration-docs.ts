// docs/configuration.md from the fields that the services declare: `npm run docs` writes it, and without
// `--write` this checks that it is up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { configurationPage, type ServiceConfiguration } from './configuration-docs/page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pageFile = path.join(root, 'docs', 'configuration.md');

/** By convention a service's config.ts exports `configFields`. */
async function readServices(): Promise<ServiceConfiguration[]> {
  const services: ServiceConfiguration[] = [];
  for (const name of readdirSync(path.join(root, 'services')).sort()) {
    const file = path.join(root, 'services', name, 'src', 'config.ts');
    if (!existsSync(file)) continue;
    const { configFields } = (await import(pathToFileURL(file).href)) as Partial<ServiceConfiguration>;
    if (!configFields) throw new Error(`services/${name}/src/config.ts must export configFields`);
    const manifest = JSON.parse(readFileSync(path.join(root, 'services', name, 'package.json'), 'utf8'));
    services.push({ name, description: manifest.description, configFields });
  }
  return services;
}

const page = configurationPage(await readServices());
if (process.argv.includes('--write')) {
  writeFileSync(pageFile, page);
  console.log('Wrote docs/configuration.md');
} else if (!existsSync(pageFile) || readFileSync(pageFile, 'utf8') !== page) {
  console.error(
    'docs/configuration.md does not match the settings that the services declare; run: npm run docs',
  );
  process.exitCode = 1;
} else {
  console.log('docs/configuration.md is up to date');
}
