import type { IRegularForbiddenRuleType } from 'dependency-cruiser';
import type { WorkspacePackage } from './workspace.ts';

/** Tests, and suites of tests that a package exports for others to pass, may use what is only installed here. */
const testFile = '(\\.test|[-./]contract[-a-z]*|[-.]suite|-fixture)\\.ts$';

const anyPackage = '^((?:libs|services|deploy)/[^/]+|loadtest|test)/';

/** Native code of the WebSocket server. */
const nativeServer = '(^|/)node_modules/(uws-pack|uwebsockets-new-glibc)/';

/** What may import what. Each rule's comment is what somebody who broke it gets to read. */
export function boundaryRules(packages: readonly WorkspacePackage[]): IRegularForbiddenRuleType[] {
  const entries = packages.flatMap((one) => one.entries).map((entry) => `^${escapeText(entry)}$`);
  return [
    rule(
      'protocol-is-a-leaf',
      'libs/protocol imports nothing: it runs in the edge, the browser and k6 alike.',
      {
        from: { path: '^libs/protocol/', pathNot: testFile },
        to: { pathNot: '^libs/protocol/' },
      },
    ),
    rule('libs-below-services', 'Libraries never import services: turn it round, or move it to a library.', {
      from: { path: '^libs/' },
      to: { path: '^services/' },
    }),
    rule('services-apart', 'Services never import each other; only services/standalone puts them together.', {
      from: { path: '^services/([^/]+)/', pathNot: '^services/standalone/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    }),
    rule('base-libs-at-the-bottom', 'libs/runtime and libs/telemetry lie under the other libraries.', {
      from: { path: '^libs/(runtime|telemetry)/' },
      to: { path: '^libs/', pathNot: '^libs/(runtime|telemetry|protocol)/' },
    }),
    rule(
      'client-side-apart',
      'libs/audio, codecs and client also run in browsers: no server-side library there.',
      {
        from: { path: '^libs/(audio|codecs|codecs-g729|client)/', pathNot: testFile },
        to: { path: '^libs/', pathNot: '^libs/(audio|backend|codecs|codecs-g729|client|protocol)/' },
      },
    ),
    rule(
      'gpl-only-when-asked-for',
      'libs/codecs-g729 is GPL: load it by import() of a name when somebody asks for G.729; never import it.',
      {
        from: { path: '^(libs|services|deploy)/', pathNot: `^libs/codecs-g729/|${testFile}` },
        to: { path: '^libs/codecs-g729/', dependencyTypesNot: ['dynamic-import'] },
      },
    ),
    rule(
      'status-is-a-leaf',
      'libs/status imports nothing: it runs in the edge, the directory and the browser.',
      {
        from: { path: '^libs/status/', pathNot: testFile },
        to: { pathNot: '^libs/status/' },
      },
    ),
    rule(
      'backend-runs-anywhere',
      'libs/backend runs in workers and browsers too: Web Crypto, libs/protocol, nothing of Node.',
      {
        from: { path: '^libs/backend/', pathNot: testFile },
        to: { pathNot: '^libs/(backend|protocol)/' },
      },
    ),
    rule('through-the-index', 'Other packages only through what their package.json exports.', {
      from: { path: anyPackage },
      to: { path: anyPackage, pathNot: ['^$1/', ...entries] },
    }),
    rule('by-package-name', 'Other packages by their name (@partyline/…), not by a relative path.', {
      from: { path: anyPackage },
      to: { path: anyPackage, pathNot: '^$1/', dependencyTypesNot: ['aliased-workspace'] },
    }),
    rule('scripts-by-package-name', 'Scripts import packages by their name and index as well.', {
      from: { path: '^scripts/' },
      to: { path: anyPackage, dependencyTypesNot: ['aliased-workspace'] },
    }),
    rule(
      'one-place-for-native-code',
      'Only services/edge/src/transport (and the bare baselines of loadtest) use uWS.',
      {
        from: { pathNot: '^(services/edge/src/transport|loadtest)/' },
        to: { path: nativeServer },
      },
    ),
    rule('no-cycles', 'No import cycles: move what both need into a file of its own.', {
      from: {},
      // Classes that own each other (a room its members, a member its room) may name each other's types.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    }),
    rule('no-development-packages', 'Add it to the dependencies of the package that imports it.', {
      from: { path: '^(libs|services)/[^/]+/(src|bin)/', pathNot: testFile },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-optional'],
      },
    }),
    rule(
      'tests-stay-apart',
      'Only tests import tests: give a contract suite an entry of its own in exports.',
      {
        from: { path: '^(libs|services)/[^/]+/src/', pathNot: testFile },
        to: { path: `^(libs|services)/.*${testFile}` },
      },
    ),
    rule(
      'no-scenarios-in-production',
      'What is shipped imports nothing of test/ or loadtest/: injectors of faults are there.',
      {
        from: { path: '^(libs|services)/' },
        to: { path: '^(test|loadtest)/' },
      },
    ),
    rule('own-imports-resolve', 'This import leads nowhere: the file, or the entry in exports, is missing.', {
      from: {},
      to: { couldNotResolve: true, path: '^(@partyline/|\\.)' },
    }),
  ];
}

type Sides = Pick<IRegularForbiddenRuleType, 'from' | 'to'>;

function rule(name: string, comment: string, sides: Sides): IRegularForbiddenRuleType {
  return { name, comment, severity: 'error', ...sides };
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
