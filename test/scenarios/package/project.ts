import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Expectations } from '@partyline/harness';
import { build } from 'esbuild';
import { Program, ROOT } from '../../support/program.ts';
import type { Tarball } from './tarball.ts';

const INSTALLED_IN_MS = 120_000;
const COMPILED_IN_MS = 60_000;
const EXAMPLES = ['answering-bot', 'recorder', 'browser-vite'] as const;
const consumers = join(ROOT, 'test', 'scenarios', 'package', 'consumer');
const typescript = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** An application's folder with nothing of this repository in it but the tarball and copies of the examples. */
export class Project {
  readonly folder: string;
  readonly #checks: Expectations;

  constructor(folder: string, checks: Expectations) {
    this.folder = folder;
    this.#checks = checks;
  }

  /** `npm install` of the tarball into an empty project, then of each example. */
  async install(tarball: Tarball): Promise<void> {
    this.#write('package.json', { name: 'application', private: true, type: 'module' });
    await this.#npm(this.folder, ['install', tarball.path]);
    for (const example of EXAMPLES) {
      const target = join(this.folder, example);
      const source = join(ROOT, 'examples', example);
      // What somebody left behind who tried it is no part of it.
      cpSync(source, target, {
        recursive: true,
        filter: (file) => !/\/(node_modules|dist)(\/|$)/.test(file.slice(source.length)),
      });
      const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
        devDependencies?: object;
      };
      const named = manifest.dependencies['@partyline/client'] ?? '';
      this.#checks.expect(
        join(ROOT, 'examples', example, named.replace(/^file:/, '')) === tarball.path,
        `examples/${example} depends on ${named}, and npm run sdk makes ${basename(tarball.path)}`,
      );
      // The others find what is installed above them.
      if (manifest.devDependencies === undefined) continue;
      manifest.dependencies['@partyline/client'] = `file:${tarball.path}`;
      this.#write(join(example, 'package.json'), manifest);
      await this.#npm(target, ['install']);
    }
  }

  /** Compiles what applications write, strictly, the package's own declarations included, by both ways of resolving. */
  async compile(): Promise<void> {
    cpSync(consumers, join(this.folder, 'consumer'), { recursive: true });
    const strict = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
    };
    const dom = { lib: ['es2022', 'dom', 'dom.iterable'], types: [] };
    const node = { lib: ['es2022'], types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] };
    const ways = [
      { module: 'esnext', moduleResolution: 'bundler' },
      { module: 'node16', moduleResolution: 'node16' },
    ];
    const browser = ['consumer/page.ts', 'consumer/backend.ts'];
    const programs = ['answering-bot/bot.js', 'recorder/recorder.js'];
    for (const way of ways) {
      const bundled = way.moduleResolution === 'bundler';
      const checked = bundled ? {} : { allowJs: true, checkJs: true };
      await this.#tsc(`browser, ${way.moduleResolution}`, { ...strict, ...dom, ...way }, [
        ...browser,
        ...(bundled ? ['browser-vite/src/main.ts'] : []),
      ]);
      await this.#tsc(`Node, ${way.moduleResolution}`, { ...strict, ...node, ...way, ...checked }, [
        'consumer/bot.ts',
        ...(bundled ? [] : programs),
      ]);
    }
  }

  /** The page of consumer/page.ts as esbuild bundles it, the worklet copied beside it. @returns its folder */
  async bundle(): Promise<string> {
    const outdir = join(this.folder, 'page');
    mkdirSync(outdir, { recursive: true });
    await build({
      entryPoints: [join(this.folder, 'consumer', 'page.ts')],
      absWorkingDir: this.folder,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      outdir,
      logLevel: 'silent',
    });
    cpSync(
      join(this.folder, 'node_modules', '@partyline', 'client', 'dist', 'worklet.js'),
      join(outdir, 'worklet.js'),
    );
    writeFileSync(
      join(outdir, 'index.html'),
      '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>esbuild</title><body><script type="module" src="page.js"></script>',
    );
    return outdir;
  }

  /** `npm run build` of the Vite example. */
  buildWithVite(): Promise<void> {
    return this.#npm(join(this.folder, 'browser-vite'), ['run', 'build']);
  }

  /** A program of the project. */
  run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    return new Program(process.execPath, [script, ...args], { cwd: this.folder, env });
  }

  #write(file: string, content: object): void {
    writeFileSync(join(this.folder, file), `${JSON.stringify(content, null, 2)}\n`);
  }

  async #npm(cwd: string, args: readonly string[]): Promise<void> {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=warn'];
    const program = new Program('npm', [...args, ...quiet], { cwd });
    const code = await program.ends(INSTALLED_IN_MS);
    const complaints = program.stderr.filter((line) => /warn|err/i.test(line));
    this.#checks.expect(
      code === 0 && complaints.length === 0,
      `npm ${args.join(' ')} ends with ${code}: ${program.output}`,
    );
    if (code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${program.output}`);
  }

  async #tsc(name: string, compilerOptions: object, files: readonly string[]): Promise<void> {
    const config = `tsconfig.${name.replace(/\W+/g, '-')}.json`;
    this.#write(config, { compilerOptions, files });
    const program = new Program(process.execPath, [typescript, '--project', config], { cwd: this.folder });
    const code = await program.ends(COMPILED_IN_MS);
    this.#checks.expect(code === 0, `${name} does not compile: ${program.output}`);
  }
}
