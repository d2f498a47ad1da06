import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Component, Lifecycle } from './lifecycle.ts';
import { EXIT_CODES, runMain } from './main-program.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function run(overrides: Partial<Component>) {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const lines: string[] = [];
  const program = new Lifecycle('test', [
    { name: 'server', start: () => undefined, stop: () => undefined, ...overrides },
  ]);
  await runMain({
    program,
    stopDeadlineMs: 5000,
    npmLifecycleEvent: undefined,
    log: { info: (line) => lines.push(line), error: (line) => lines.push(line) },
    host: { on: (signal, listener) => signals.on(signal, listener), exit: (code) => exits.push(code) },
  });
  return { signals, exits, lines, program };
}

describe('runMain', () => {
  it.each(['SIGINT', 'SIGTERM'])('stops in order on %s and exits with 0', async (signal) => {
    const { signals, exits, lines, program } = await run({});
    expect(exits).toEqual([]);
    signals.emit(signal);
    await vi.waitFor(() => expect(exits).toEqual([EXIT_CODES.ok]));
    expect(program.state).toBe('stopped');
    expect(lines).toEqual([`Stopping: ${signal}.`]);
  });

  it('exits at once on a second signal, but not on npm’s copy of the first', async () => {
    vi.useFakeTimers();
    const { signals, exits } = await run({ stop: () => new Promise(() => undefined) });
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(300);
    signals.emit('SIGINT');
    expect(exits).toEqual([EXIT_CODES.interrupted]);
  });

  it('exits with 1 and one line when the program does not start', async () => {
    const { exits, lines } = await run({ start: () => Promise.reject(new Error('port 7880 is taken')) });
    expect(exits).toEqual([EXIT_CODES.failed]);
    expect(lines).toEqual(['server failed to start: port 7880 is taken']);
  });

  it('exits with 1 and says what did not stop', async () => {
    const { signals, exits, lines } = await run({ stop: () => Promise.reject(new Error('still busy')) });
    signals.emit('SIGTERM');
    await vi.waitFor(() => expect(exits).toEqual([EXIT_CODES.failed]));
    expect(lines.at(-1)).toBe('server failed to stop: still busy');
  });
});
