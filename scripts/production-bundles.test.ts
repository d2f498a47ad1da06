import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is shipped: programs, and the libraries that applications import. */
const SHIPPED = [
  'services/edge/src/main.ts',
  'services/directory/src/main.ts',
  'services/standalone/src/main.ts',
  'services/recorder/src/main.ts',
  'services/cli/src/main.ts',
  'libs/client/src/index.ts',
  'libs/client/src/node/index.ts',
  'libs/client/src/browser/index.ts',
];
/** By what an injector of faults, or its remote control, would be told in a bundle. */
const INJECTORS = /FAULTS_SEED|faults at |HopFault|FaultyBus|FaultyFanOut|FaultyLine|FaultInjector/;

/** Everything that goes into a bundle but packages of others. */
const bundle = async (entry: string): Promise<{ files: string[]; text: string }> => {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [
      {
        name: 'packages of others stay outside',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@partyline/') ? undefined : { external: true },
          );
        },
      },
    ],
  });
  return { files: Object.keys(metafile.inputs), text: outputFiles.map(({ text }) => text).join('\n') };
};

describe('production bundles', () => {
  it.each(SHIPPED)('%s holds no injector of faults, and nothing else of a test', async (entry) => {
    const { files, text } = await bundle(entry);
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !/^(libs|services)\//.test(file))).toEqual([]);
    expect(files.filter((file) => /\.test\.ts$|-fixture\.ts$/.test(file))).toEqual([]);
    expect(text).not.toMatch(INJECTORS);
  });

  it('would show an injector', async () => {
    const { files, text } = await bundle('test/support/faults/edge-with-faults.ts');
    expect(files).toContain('test/support/faults/hop-fault.ts');
    expect(text).toMatch(INJECTORS);
  });
});
