import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from './layout.ts';

/** Licences that ask for no more than their notice. */
const PERMISSIVE = ['MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'Apache-2.0'];

/** Code inside a package whose own licence the package does not carry along. */
const WITHIN: Record<string, { name: string; licence: string; file: string }> = {
  'libopus-wasm': { name: 'libopus', licence: 'BSD-3-Clause', file: 'scripts/sdk/licences/libopus.txt' },
};

/**
 * What others wrote and the package holds, with their licences in full, as those ask for.
 * @throws Error for a licence that is not permissive, or a package without its text
 */
export const thirdPartyNotices = (bundles: readonly Metafile[]): string => {
  const names = new Set<string>();
  for (const { inputs } of bundles) {
    for (const input of Object.keys(inputs)) {
      const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
      if (name !== undefined) names.add(name);
    }
  }
  const notices = [...names].sort().flatMap((name) => {
    const within = WITHIN[name];
    return [
      noticeOf(name),
      ...(within === undefined ? [] : [section(within.name, within.licence, read(within.file))]),
    ];
  });
  return `${['This package holds code of others, under these licences.', ...notices].join('\n\n')}\n`;
};

const noticeOf = (name: string): string => {
  const folder = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  if (!PERMISSIVE.includes(license)) {
    throw new Error(`${name} has the licence ${license}: it cannot go into the SDK.`);
  }
  const file = existsSync(folder)
    ? readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
    : undefined;
  if (file === undefined) throw new Error(`${name} comes without the text of its licence.`);
  return section(`${name} ${version}`, license, readFileSync(path.join(folder, file), 'utf8'));
};

const section = (name: string, licence: string, text: string): string =>
  `${'-'.repeat(80)}\n${name} (${licence})\n\n${text.trim()}`;

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
