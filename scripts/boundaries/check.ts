import { existsSync } from 'node:fs';
import path from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { boundaryRules } from './rules.ts';
import { workspacePackages } from './workspace.ts';

/** What a look at every import found. */
export interface BoundaryReport {
  /** One line for each import that breaks a rule; empty when all is well. */
  violations: string[];
  /** Files looked at. */
  modules: number;
  /** Imports of one package by another. */
  crossings: number;
}

/**
 * Workspace packages export TypeScript files, which dependency-cruiser only resolves when told so; unresolved,
 * they would pass every rule unseen.
 */
const resolution = {
  exportsFields: ['exports'],
  conditionNames: ['import', 'require', 'node', 'default', 'types'],
  extensions: ['.ts', '.js', '.mjs', '.json'],
};

/**
 * Checks every import of a workspace against the rules.
 * @param root the workspace: its package.json names the packages
 */
export async function checkBoundaries(root: string): Promise<BoundaryReport> {
  // A trailing slash is more than dependency-cruiser can take.
  const baseDir = path.resolve(root);
  const packages = workspacePackages(root);
  const directories = ['libs', 'services', 'deploy', 'loadtest', 'test', 'scripts'].filter((name) =>
    existsSync(path.join(root, name)),
  );
  const options: ICruiseOptions = {
    baseDir,
    ruleSet: { forbidden: boundaryRules(packages) },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|coverage)/' },
    combinedDependencies: true,
    tsPreCompilationDeps: true,
    enhancedResolveOptions: resolution,
  };
  const { output } = await cruise(directories, options);
  const { modules, summary } = output as ICruiseResult;
  const own = modules.filter((module) => !module.source.includes('node_modules'));
  const crossings = own
    .flatMap((module) => module.dependencies)
    .filter((dependency) => dependency.dependencyTypes.includes('aliased-workspace')).length;
  const comments = new Map(boundaryRules(packages).map((rule) => [rule.name, rule.comment]));
  const violations = summary.violations.map(({ from, to, rule }) => {
    return `${from} → ${to}: ${comments.get(rule.name)} [${rule.name}]`;
  });
  if (crossings === 0) {
    violations.push('No package imports another, so the check has seen nothing: is its resolution broken?');
  }
  return { violations, modules: own.length, crossings };
}
