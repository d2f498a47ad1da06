import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'libs/**/*.test.ts',
      'services/**/*.test.ts',
      'deploy/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/**/*.test.ts',
      'loadtest/**/*.test.ts',
    ],
    // Processes of their own, for tests of signals and native addons; two, for the usual small CI machine.
    pool: 'forks',
    maxWorkers: 2,
    // Generous, as a busy machine is no failure; what hangs still ends.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    passWithNoTests: false,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
