import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { joinRoom } from '@partyline/client';
import type { nodeNetwork } from '@partyline/client/node';
import { ROOT } from '../program.ts';

const run = promisify(execFile);

/** What a caller needs of an SDK. */
export interface Sdk {
  joinRoom: typeof joinRoom;
  nodeNetwork: typeof nodeNetwork;
}

/** An earlier version of this repository, from its history, with what is installed here. */
export class PreviousCheckout {
  /** The short name of its commit. */
  readonly commit: string;
  readonly #directory: string;

  private constructor(commit: string, directory: string) {
    this.commit = commit;
    this.#directory = directory;
  }

  /**
   * @param ref unless given the newest tag or, as long as there is none, the version before this class came: from then on
   * versions have to get along with each other
   * @returns undefined where there is no history, as in a shallow clone or an archive
   */
  static async open(ref?: string): Promise<PreviousCheckout | undefined> {
    if ((await git('rev-parse', '--is-shallow-repository')) !== 'false') return undefined;
    const found = ref ?? (await newestTag()) ?? (await beforeThis());
    const commit = await git('rev-parse', '--short', `${found}^{commit}`);
    if (commit === undefined) throw new Error(`this repository has no version "${found}"`);
    const directory = await mkdtemp(join(tmpdir(), 'partyline-previous-'));
    const archive = `${directory}.tar`;
    await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
    await run('tar', ['-xf', archive, '-C', directory]);
    await rm(archive);
    await linkModules(directory);
    return new PreviousCheckout(commit, directory);
  }

  get edgeProgram(): string {
    return join(this.#directory, 'services/edge/src/main.ts');
  }

  get directoryProgram(): string {
    return join(this.#directory, 'services/directory/src/main.ts');
  }

  async sdk(): Promise<Sdk> {
    const load = (path: string): Promise<unknown> => import(join(this.#directory, 'libs/client/src', path));
    const [client, node] = await Promise.all([load('index.ts'), load('node/index.ts')]);
    return { ...(client as Pick<Sdk, 'joinRoom'>), ...(node as Pick<Sdk, 'nodeNetwork'>) };
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

/** Undefined when git refuses, or is not there. */
const git = async (...args: string[]): Promise<string | undefined> => {
  const answer = await run('git', args, { cwd: ROOT }).catch(() => undefined);
  return answer?.stdout.trim() || undefined;
};

/** Not one of this very version. */
const newestTag = (): Promise<string | undefined> => git('describe', '--tags', '--abbrev=0', 'HEAD^');

/** The commit before the one that brought this file; as long as it is in none, the last one. */
const beforeThis = async (): Promise<string> => {
  const own = 'test/support/versions/previous-checkout.ts';
  const commits = await git('log', '--diff-filter=A', '--format=%H', '--', own);
  const first = commits?.split('\n').at(-1);
  if (first === undefined) return 'HEAD';
  return (await git('rev-parse', '--verify', '--quiet', `${first}^`)) ?? first;
};

/** Everything that is installed here, but its own packages instead of these. */
const linkModules = async (directory: string): Promise<void> => {
  const own = '@partyline';
  await mkdir(join(directory, 'node_modules', own), { recursive: true });
  const installed = await readdir(join(ROOT, 'node_modules'));
  await Promise.all(
    installed
      .filter((name) => name !== own)
      .map((name) => symlink(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name))),
  );
  for (const name of await readdir(join(ROOT, 'node_modules', own))) {
    // Relative ones, which lead into the checkout.
    const target = await readlink(join(ROOT, 'node_modules', own, name));
    await symlink(target, join(directory, 'node_modules', own, name));
  }
  // Packages of which a workspace has a version of its own.
  for (const place of ['libs', 'services']) {
    for (const name of await readdir(join(directory, place))) {
      const nested = join(ROOT, place, name, 'node_modules');
      const isThere = (await readdir(nested).catch(() => [])).length > 0;
      if (isThere) await symlink(nested, join(directory, place, name, 'node_modules'));
    }
  }
};
