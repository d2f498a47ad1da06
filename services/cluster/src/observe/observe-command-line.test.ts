import { describe, expect, it } from 'vitest';
import { readObserveCommandLine } from './observe-command-line.ts';

describe('readObserveCommandLine', () => {
  it('takes what a cluster takes, and bots and Prometheus beside it', () => {
    expect(readObserveCommandLine([])).toMatchObject({
      kind: 'run',
      options: { cluster: { edges: 4, directories: 2, port: 8080 }, bots: 6, prometheusPort: 9090 },
    });
    expect(
      readObserveCommandLine(['--bots', '0', '--prometheus', '0', '--regions', 'eu', '--edges', '1']),
    ).toMatchObject({ options: { cluster: { edges: 1 }, bots: 0, prometheusPort: undefined } });
    expect(readObserveCommandLine(['--help'])).toEqual({ kind: 'help' });
  });

  it.each([['--bots', '-1'], ['--bots', '51'], ['--prometheus', 'x'], ['--edges', '0'], ['--nonsense']])(
    'says in one line what is wrong with %s %s',
    (...args) => {
      const result = readObserveCommandLine(args);
      expect(result).toMatchObject({ kind: 'wrong' });
      if (result.kind === 'wrong') expect(result.message).toMatch(/^[^\n]+ See npm run observe -- --help\.$/);
    },
  );
});
