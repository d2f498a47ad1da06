import path from 'node:path';
import ts from 'typescript';
import { workspacePackages } from '../boundaries/workspace.ts';
import { ENTRIES, root } from './layout.ts';

/** What the package is made of. */
const LIBRARIES = ['audio', 'backend', 'client', 'codecs', 'protocol'].map((name) => `libs/${name}`);

/** Declarations by their place in the package, such as `types/client/index.d.ts`. */
export type Declarations = ReadonlyMap<string, string>;

/** Where the declaration of an entry lies. */
export const declarationOf = (source: string): string => placeOf(path.join(root, source));

/**
 * The declarations that the entries reach, with what they import from other packages of this repository beside them: a
 * user has none of those. One file a source, so that a type is the same one by whichever entry it came.
 * @throws Error with the compiler's messages
 */
export const emitDeclarations = (): Declarations => {
  const { options, fileNames } = project();
  const program = ts.createProgram({
    rootNames: [...ownSources(), ...fileNames],
    options: { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, incremental: false },
  });
  const emitted = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (_name, text, _bom, _error, sources) => {
    for (const { fileName } of sources ?? []) emitted.set(path.resolve(fileName), text);
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0) {
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => root,
        getNewLine: () => '\n',
      }),
    );
  }
  const reached = new Map<string, string>();
  const reach = (source: string): void => {
    const place = placeOf(source);
    if (reached.has(place)) return;
    const text = emitted.get(source);
    if (text === undefined) throw new Error(`${path.relative(root, source)} has no declarations.`);
    reached.set(place, '');
    reached.set(place, withImports(text, source, program, reach));
  };
  for (const { source } of ENTRIES) reach(path.join(root, source));
  return reached;
};

/** Named one by one, as the compiler takes what it finds by way of node_modules for somebody else's. */
const ownSources = (): string[] =>
  workspacePackages(root)
    .filter(({ directory }) => LIBRARIES.includes(directory))
    .flatMap(({ entries }) => entries.map((entry) => path.join(root, entry)));

/** The project's settings, and the files that describe packages without types, which nothing imports. */
const project = (): ts.ParsedCommandLine => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, include: ['libs/*/src/**/*.d.ts'] }, ts.sys, root);
};

/** `libs/audio/src/node/errors.ts` becomes `types/audio/node/errors.d.ts`. */
const placeOf = (source: string): string => {
  const [, library, rest] = /^libs\/([^/]+)\/src\/(.+)\.ts$/.exec(path.relative(root, source)) ?? [];
  if (library === undefined) throw new Error(`${path.relative(root, source)} cannot be published.`);
  return `types/${library}/${rest}.d.ts`;
};

/** Replaces what a declaration imports by the name of the file in the package. */
const withImports = (
  text: string,
  source: string,
  program: ts.Program,
  reach: (source: string) => void,
): string => {
  const { importedFiles } = ts.preProcessFile(text, true, false);
  let result = text;
  // From the last one, so that positions before stay right.
  for (const { fileName, pos } of [...importedFiles].sort((a, b) => b.pos - a.pos)) {
    const own = fileName.startsWith('.') || fileName.startsWith('@partyline/');
    if (!own) continue;
    const { resolvedModule } = ts.resolveModuleName(fileName, source, program.getCompilerOptions(), ts.sys);
    if (resolvedModule === undefined) throw new Error(`${fileName}, which ${source} names, leads nowhere.`);
    const target = path.resolve(ts.sys.realpath!(resolvedModule.resolvedFileName));
    reach(target);
    const relative = path.posix.relative(path.posix.dirname(placeOf(source)), placeOf(target));
    const name = `${relative.startsWith('.') ? '' : './'}${relative.replace(/\.d\.ts$/, '.js')}`;
    const at = result.indexOf(fileName, pos);
    result = result.slice(0, at) + name + result.slice(at + fileName.length);
  }
  return result;
};
