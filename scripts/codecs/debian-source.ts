import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from '../setup/command.mjs';
import type { SourceArchive } from './recipe.ts';

const configured = '/etc/apt';

/**
 * Fetches upstream's archive of a Debian source package with apt-get: nothing is installed, no root is needed, and what
 * the machine's apt knows stays as it is, for the lists of sources are kept in a folder of their own.
 * @param archive `version` is upstream's; whichever Debian revision of it there is will do, the archive is the same
 * @param folder for the archive; also takes apt's own files
 */
export async function fetchFromDebian(archive: SourceArchive, folder: string): Promise<void> {
  if (process.env.PARTYLINE_NO_APT === '1') throw new Error('PARTYLINE_NO_APT is set');
  if (!existsSync('/usr/bin/apt-get')) throw new Error('this needs apt-get, of Debian or Ubuntu');
  const options = sourceLists(folder);
  const apt = (purpose: string, ...args: string[]) =>
    runQuietly('apt-get', [...options, '--quiet', ...args], { cwd: folder, purpose });
  // Somebody else's repository without sources is an error, too; what counts is whether the archive comes.
  const failed: unknown[] = [];
  await apt('apt-get update', 'update', '--option', 'APT::Update::Error-Mode=any').catch((error: unknown) =>
    failed.push(error),
  );
  // Without --tar-only apt also wants Debian's own changes, which a mirror may have thrown away for newer ones.
  await apt('apt-get source', 'source', '--download-only', '--tar-only', archive.name).catch(
    (error: unknown) => {
      // Without lists it only says that it has no lists.
      throw failed[0] ?? error;
    },
  );
  if (!existsSync(path.join(folder, archive.file))) {
    throw new Error(`the apt sources of this machine have another version of ${archive.name}`);
  }
}

/** Makes lists of sources out of the machine's lists of packages. @returns the options that make apt use them */
function sourceLists(folder: string): string[] {
  const parts = path.join(folder, 'sources.list.d');
  mkdirSync(parts);
  mkdirSync(path.join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(path.join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const listed = path.join(configured, 'sources.list.d');
  const files = [
    path.join(configured, 'sources.list'),
    ...(existsSync(listed) ? readdirSync(listed).map((name) => path.join(listed, name)) : []),
  ].filter((file) => existsSync(file));
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.sources')) {
      writeFileSync(path.join(parts, path.basename(file)), text.replaceAll(/^Types:.*$/gm, 'Types: deb-src'));
    } else if (file.endsWith('.list')) {
      writeFileSync(path.join(parts, path.basename(file)), text.replaceAll(/^\s*deb(?=[\s[])/gm, 'deb-src'));
    }
  }
  const option = (name: string, value: string) => ['--option', `${name}=${value}`];
  return [
    ...option('Dir::Etc::sourcelist', '/dev/null'),
    ...option('Dir::Etc::sourceparts', parts),
    ...option('Dir::State::lists', path.join(folder, 'lists')),
    ...option('Dir::Cache', path.join(folder, 'cache')),
    // apt's own user may not write into a home folder.
    ...(process.getuid?.() === 0 ? option('APT::Sandbox::User', 'root') : []),
  ];
}
