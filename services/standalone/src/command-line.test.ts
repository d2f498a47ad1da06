import { describe, expect, it } from 'vitest';
import { helpText, readCommandLine } from './command-line.ts';

describe('readCommandLine', () => {
  it('reads the flags', () => {
    expect(readCommandLine([])).toEqual({ kind: 'run', flags: { https: false, guests: false } });
    expect(readCommandLine(['--https', '--guests'])).toEqual({
      kind: 'run',
      flags: { https: true, guests: true },
    });
    expect(readCommandLine(['-h'])).toEqual({ kind: 'help' });
  });

  it('answers what it does not know in one line that leads to the help', () => {
    for (const argv of [['--tls'], ['8080'], ['--https=no']]) {
      const line = readCommandLine(argv);
      expect(line.kind).toBe('wrong');
      const { message } = line as { message: string };
      expect(message).toContain('--help');
      expect(message).not.toContain('\n');
    }
  });

  it('explains every flag and the usual settings', () => {
    for (const word of ['--https', '--guests', 'PORT', 'HOST', 'OPS_PORT', 'PARTYLINE_API_KEYS']) {
      expect(helpText).toContain(word);
    }
  });
});
