import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';

describe('readCommandLine', () => {
  it('runs two regions of two edges and a directory unless told otherwise', () => {
    const region = { edges: 2, directories: 1 };
    expect(readCommandLine([])).toEqual({
      kind: 'run',
      options: {
        regions: [
          { name: 'eu', ...region },
          { name: 'us', ...region },
        ],
        edges: 4,
        directories: 2,
        redis: 'single',
        port: 8080,
      },
    });
  });

  it('takes any free port for 0', () => {
    expect(readCommandLine(['--port', '0'])).toMatchObject({ options: { port: undefined } });
  });

  it('says in one line what is wrong', () => {
    for (const args of [
      ['--regions', 'eu,eu'],
      ['--regions', 'EU'],
      ['--edges', '0'],
      ['--edges', '1.5'],
      ['--directories', '99'],
      ['--recorders', '-1'],
      ['--redis', 'valkey'],
      ['--port', '70000'],
      ['--nonsense'],
    ]) {
      const result = readCommandLine(args);
      expect(result).toMatchObject({ kind: 'wrong' });
      if (result.kind === 'wrong') expect(result.message).toMatch(/^[^\n]+ --help\.$/);
    }
  });
});
