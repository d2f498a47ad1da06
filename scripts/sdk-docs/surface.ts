import path from 'node:path';
import ts from 'typescript';
import type { Declarations } from '../sdk/declarations.ts';
import { declarationOf } from '../sdk/declarations.ts';
import { ENTRIES, root, type SdkEntry } from '../sdk/layout.ts';
import { type Doc, docOf } from './doc.ts';

/** A property, method or event of something exported. */
export interface SurfaceMember {
  name: string;
  kind: 'property' | 'method';
  /** Without comments, on one line. */
  signature: string;
  /** Of a property: its type. */
  type: string;
  optional: boolean;
  doc: Doc;
}

/** Something that an entry exports. */
export interface SurfaceItem {
  name: string;
  kind: 'function' | 'class' | 'interface' | 'type' | 'constant';
  /** Without comments. */
  signature: string;
  doc: Doc;
  members: readonly SurfaceMember[];
  /** Of a union, such as error codes or states: each member with what is said of it. */
  options: readonly { value: string; text: string }[];
}

export interface SurfaceEntry {
  entry: SdkEntry;
  items: readonly SurfaceItem[];
}

export interface Surface {
  entries: readonly SurfaceEntry[];
  /** Names that a signature needs and nobody exports: `where: what`. */
  forgotten: readonly string[];
}

const printer = ts.createPrinter({ removeComments: true });

/** Reads from the declarations what each entry exports. */
export const readSurface = (declarations: Declarations): Surface => {
  const program = programOf(declarations);
  const checker = program.getTypeChecker();
  const forgotten = new Set<string>();
  const core = exportsOf(program, checker, ENTRIES[0]!);
  const entries = ENTRIES.map((entry) => {
    const exported = exportsOf(program, checker, entry);
    const known = new Set([...exported.values(), ...core.values()]);
    const items = [...exported].map(([name, symbol]) => {
      const [declaration] = symbol.declarations ?? [];
      if (declaration === undefined) throw new Error(`${name} of ${entry.path} has no declaration.`);
      for (const missing of namesWithin(declaration, checker)) {
        if (!known.has(missing)) forgotten.add(`${entry.path}: ${name} needs ${missing.name}`);
      }
      return itemOf(name, declaration);
    });
    return { entry, items: items.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name)) };
  });
  return { entries, forgotten: [...forgotten].sort() };
};

const KINDS: readonly SurfaceItem['kind'][] = ['function', 'class', 'interface', 'type', 'constant'];
const order = ({ kind }: SurfaceItem): number => KINDS.indexOf(kind);

/** A program over what lies in memory, with the compiler's own library beside it. */
const programOf = (declarations: Declarations): ts.Program => {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
  };
  const host = ts.createCompilerHost(options, true);
  const files = new Map([...declarations].map(([place, text]) => [path.join(root, place), text]));
  const { fileExists, readFile, getSourceFile } = host;
  // Folders that exist in memory only would be taken for missing.
  host.directoryExists = undefined;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, version) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, version) : ts.createSourceFile(file, text, version, true);
  };
  return ts.createProgram({ rootNames: [...files.keys()], options, host });
};

const exportsOf = (program: ts.Program, checker: ts.TypeChecker, entry: SdkEntry): Map<string, ts.Symbol> => {
  const source = program.getSourceFile(path.join(root, declarationOf(entry.source)));
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry.path} has no declarations.`);
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [symbol.name, target];
    }),
  );
};

/** What a declaration names that is declared in the package as well, its private parts left out. */
const namesWithin = (declaration: ts.Declaration, checker: ts.TypeChecker): Set<ts.Symbol> => {
  const names = new Set<ts.Symbol>();
  const look = (node: ts.Node): void => {
    if (isHidden(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) || ts.isTypeQueryNode(node)) {
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : node.expression;
      let symbol = checker.getSymbolAtLocation(name);
      if (symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias)
        symbol = checker.getAliasedSymbol(symbol);
      const own = symbol?.declarations?.some((one) =>
        one.getSourceFile().fileName.startsWith(path.join(root, 'types')),
      );
      if (symbol !== undefined && own === true && !(symbol.flags & ts.SymbolFlags.TypeParameter))
        names.add(symbol);
    }
    ts.forEachChild(node, look);
  };
  look(declaration);
  return names;
};

const isHidden = (node: ts.Node): boolean =>
  (ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name)) ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));

const printed = (node: ts.Node): string =>
  printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());

const itemOf = (name: string, declaration: ts.Declaration): SurfaceItem => {
  const common = { name, doc: docOf(declaration), members: [], options: [] };
  if (ts.isVariableDeclaration(declaration)) {
    const { type } = declaration;
    if (type !== undefined && ts.isFunctionTypeNode(type)) {
      return { ...common, kind: 'function', signature: `${name}${printed(type).replace(/\) => /, '): ')}` };
    }
    const value = type === undefined ? printed(declaration.initializer!) : printed(type);
    return { ...common, kind: 'constant', signature: `${name} = ${value}` };
  }
  if (ts.isFunctionDeclaration(declaration)) {
    return {
      ...common,
      kind: 'function',
      signature: printed(declaration).replace(/^export declare function |;$/g, ''),
    };
  }
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
    const kind = ts.isClassDeclaration(declaration) ? 'class' : 'interface';
    const shown = (declaration.members as ts.NodeArray<ts.ClassElement | ts.TypeElement>).filter(
      (member) => !isHidden(member),
    );
    const parents = (declaration.heritageClauses ?? []).map((clause) => ` ${printed(clause)}`).join('');
    const lines = shown.map((member) => `  ${oneLine(printed(member))}`);
    return {
      ...common,
      kind,
      signature: `${kind} ${name}${parents} {\n${lines.join('\n')}\n}`,
      members: shown.map(memberOf),
    };
  }
  if (ts.isTypeAliasDeclaration(declaration)) {
    const signature = printed(declaration).replace(/^export (declare )?|;$/g, '');
    return { ...common, kind: 'type', signature, options: optionsOf(declaration.type) };
  }
  throw new Error(`${name} is of a kind that no page can show: ${ts.SyntaxKind[declaration.kind]}`);
};

const memberOf = (member: ts.ClassElement | ts.TypeElement): SurfaceMember => {
  const signature = oneLine(printed(member)).replace(/;$/, '');
  const callable =
    ts.isMethodSignature(member) || ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member);
  const name = ts.isConstructorDeclaration(member) ? 'constructor' : (member.name?.getText() ?? signature);
  const typed = member as { type?: ts.TypeNode; questionToken?: ts.Node };
  return {
    name,
    kind: callable ? 'method' : 'property',
    signature,
    type: typed.type === undefined ? '' : oneLine(printed(typed.type)),
    optional: typed.questionToken !== undefined,
    doc: docOf(member),
  };
};

/** The comment of a member stands before its bar, or behind that, depending on who wrote it. */
const optionsOf = (type: ts.TypeNode): SurfaceItem['options'] => {
  if (!ts.isUnionTypeNode(type)) return [];
  const source = type.getSourceFile().text;
  let from = type.getFullStart();
  return type.types.flatMap((one) => {
    const [, comment] = /\/\*\*([\s\S]*?)\*\//.exec(source.slice(from, one.getStart())) ?? [];
    from = one.end;
    if (comment === undefined) return [];
    return [
      {
        value: oneLine(printed(one)).replace(/^'(.*)'$/, '$1'),
        text: oneLine(comment.replace(/^\s*\*/gm, '')),
      },
    ];
  });
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
