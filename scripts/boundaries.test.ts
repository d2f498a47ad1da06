import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBoundaries } from './boundaries/check.ts';

let root: string;

/** A small workspace in which every rule is kept. */
const kept: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'small',
    type: 'module',
    workspaces: ['libs/*', 'services/*', 'loadtest', 'test'],
    devDependencies: { 'only-here': '1.0.0', vitest: '4.0.0' },
  }),
  'libs/protocol/src/index.ts': `export { frame } from './frame.ts';`,
  'libs/protocol/src/frame.ts': 'export const frame = 1;',
  'libs/protocol/src/frame.test.ts': `import { it } from 'vitest'; import fs from 'node:fs'; it(String(fs), () => {});`,
  'libs/bus/src/index.ts': `import { frame } from '@partyline/protocol'; export const bus = frame;`,
  'libs/bus/src/bus-contract.ts': `import { it } from 'vitest'; export const suite = it;`,
  'libs/codecs-g729/src/index.ts': 'export const g729 = 1;',
  'services/edge/src/index.ts': `import { bus } from '@partyline/bus'; export const edge = bus;`,
  'services/edge/src/room.ts': 'export const room = 1;',
  'services/edge/src/transport/native.ts': `import uws from 'uws-pack'; export const native = uws;`,
  'services/directory/src/index.ts': `import type { frame } from '@partyline/protocol'; export type A = typeof frame;`,
  'services/standalone/src/index.ts': `import { edge } from '@partyline/edge'; export const all = edge;`,
  'test/support/faults.ts': 'export const faults = 1;',
  'test/scenarios/run.ts': `import { all } from '@partyline/standalone'; console.log(all);`,
  'node_modules/uws-pack/index.js': 'export default 1;',
  'node_modules/only-here/index.js': 'export default 1;',
  'node_modules/vitest/index.js': 'export const it = 1;',
};

const packages = [
  'libs/protocol',
  'libs/bus',
  'libs/codecs-g729',
  'services/edge',
  'services/directory',
  'services/standalone',
];

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'partyline-boundaries-'));
  for (const [file, text] of Object.entries(kept)) write(file, text);
  for (const name of ['uws-pack', 'only-here', 'vitest']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
  }
  mkdirSync(path.join(root, 'node_modules/@partyline'));
  for (const directory of packages) {
    const name = path.basename(directory);
    const dependencies = name === 'edge' ? { 'uws-pack': '1.0.0' } : {};
    const exports = { '.': './src/index.ts' };
    write(`${directory}/package.json`, JSON.stringify({ name: `@partyline/${name}`, exports, dependencies }));
    symlinkSync(path.join(root, directory), path.join(root, 'node_modules/@partyline', name), 'dir');
  }
  write('test/package.json', JSON.stringify({ name: '@partyline/test' }));
  write('loadtest/package.json', JSON.stringify({ name: '@partyline/loadtest' }));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('checkBoundaries', () => {
  it('finds nothing in a workspace that keeps the rules, and sees its imports', async () => {
    const report = await checkBoundaries(root);
    expect(report.violations).toEqual([]);
    expect(report.crossings).toBe(5);
  });

  it.each([
    [
      'protocol-is-a-leaf',
      'libs/protocol/src/frame.ts',
      `import fs from 'node:fs'; export const frame = fs;`,
    ],
    [
      'protocol-is-a-leaf',
      'libs/protocol/src/frame.ts',
      `import a from 'only-here'; export const frame = a;`,
    ],
    [
      'backend-runs-anywhere',
      'libs/backend/src/x.ts',
      `import crypto from 'node:crypto'; console.log(crypto);`,
    ],
    [
      'libs-below-services',
      'libs/bus/src/extra.ts',
      `import { edge } from '@partyline/edge'; console.log(edge);`,
    ],
    [
      'services-apart',
      'services/directory/src/x.ts',
      `import { edge } from '@partyline/edge'; console.log(edge);`,
    ],
    [
      'services-apart',
      'services/directory/src/x.ts',
      `import type { edge } from '@partyline/edge'; export type A = typeof edge;`,
    ],
    [
      'base-libs-at-the-bottom',
      'libs/runtime/src/x.ts',
      `import { bus } from '@partyline/bus'; console.log(bus);`,
    ],
    ['client-side-apart', 'libs/client/src/x.ts', `import { bus } from '@partyline/bus'; console.log(bus);`],
    [
      'gpl-only-when-asked-for',
      'services/edge/src/x.ts',
      `import { g729 } from '@partyline/codecs-g729'; console.log(g729);`,
    ],
    [
      'through-the-index',
      'test/scenarios/x.ts',
      `import { room } from '../../services/edge/src/room.ts'; console.log(room);`,
    ],
    [
      'by-package-name',
      'libs/bus/src/x.ts',
      `import { frame } from '../../protocol/src/index.ts'; console.log(frame);`,
    ],
    [
      'scripts-by-package-name',
      'scripts/x.ts',
      `import { bus } from '../libs/bus/src/index.ts'; console.log(bus);`,
    ],
    ['one-place-for-native-code', 'services/edge/src/x.ts', `import uws from 'uws-pack'; console.log(uws);`],
    ['no-development-packages', 'services/edge/src/x.ts', `import a from 'only-here'; console.log(a);`],
    ['no-development-packages', 'libs/bus/src/x.ts', `import uws from 'uws-pack'; console.log(uws);`],
    ['tests-stay-apart', 'libs/bus/src/x.ts', `export { suite } from './bus-contract.ts';`],
    [
      'no-scenarios-in-production',
      'services/edge/src/x.ts',
      `import { faults } from '../../../test/support/faults.ts'; console.log(faults);`,
    ],
    ['own-imports-resolve', 'libs/bus/src/x.ts', `import { a } from '@partyline/nowhere'; console.log(a);`],
    [
      'own-imports-resolve',
      'test/x.ts',
      `import { room } from '@partyline/edge/src/room.ts'; console.log(room);`,
    ],
    ['own-imports-resolve', 'libs/bus/src/x.ts', `import { a } from './nowhere.ts'; console.log(a);`],
  ])('finds a violation of %s in %s', async (rule, file, text) => {
    write(file, text);
    const { violations } = await checkBoundaries(root);
    expect(violations.filter((line) => line.includes(`[${rule}]`) && line.startsWith(file))).toHaveLength(1);
  });

  it('lets G.729 be loaded when somebody asks for it', async () => {
    write('services/edge/src/x.ts', `export const load = () => import('@partyline/codecs-g729');`);
    expect((await checkBoundaries(root)).violations).toEqual([]);
  });

  it('finds a cycle, unless it is one of types alone', async () => {
    write(
      'services/edge/src/loop.ts',
      `import type { room } from './room.ts'; export type Loop = typeof room; export const loop = 1;`,
    );
    write('services/edge/src/room.ts', `import type { Loop } from './loop.ts'; export const room: Loop = 1;`);
    expect((await checkBoundaries(root)).violations).toEqual([]);
    write('services/edge/src/loop.ts', `import { room } from './room.ts'; export const loop = () => room;`);
    write('services/edge/src/room.ts', `import { loop } from './loop.ts'; export const room = () => loop;`);
    const { violations } = await checkBoundaries(root);
    expect(violations).toEqual([expect.stringContaining('[no-cycles]')]);
  });

  it('fails when it sees no import between packages, as then it would pass anything', async () => {
    rmSync(path.join(root, 'node_modules/@partyline'), { recursive: true });
    const { violations, crossings } = await checkBoundaries(root);
    expect(crossings).toBe(0);
    expect(violations.at(-1)).toMatch(/has seen nothing/);
  });
});
