import { describe, expect, it } from 'vitest';
import { createLogger } from './log.ts';

function capture(isTTY: boolean) {
  const lines: string[] = [];
  return { lines, isTTY, write: (line: string) => lines.push(line) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with level, name, time and message', () => {
    const output = capture(false);
    createLogger({ level: 'info', name: 'edge', pretty: true, output }).info({ port: 7880 }, 'listening');
    expect(output.lines).toHaveLength(1);
    expect(JSON.parse(output.lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      name: 'edge',
      port: 7880,
      msg: 'listening',
    });
  });

  it('leaves out what is below its level', () => {
    const output = capture(false);
    const log = createLogger({ level: 'warn', name: 'edge', output });
    log.info('quiet');
    log.warn('loud');
    expect(output.lines).toHaveLength(1);
  });

  it.each(['token', 'ticket', 'authorization', 'secret', 'address', 'remoteAddress'])(
    'redacts %s at the top and inside objects',
    (field) => {
      const output = capture(false);
      const log = createLogger({ level: 'info', name: 'edge', output });
      log.info({ [field]: 'hush-1', hello: { [field]: 'hush-2', deep: { [field]: 'hush-3' } } }, 'join');
      log.child({ [field]: 'hush-4' }).info('again');
      expect(output.lines).toHaveLength(2);
      expect(output.lines.join('')).not.toContain('hush');
      expect(output.lines.join('')).toContain('[redacted]');
    },
  );

  it('puts the message first for people at a terminal', () => {
    const output = capture(true);
    const log = createLogger({ level: 'info', name: 'edge', pretty: true, output });
    log.info('Open http://localhost:7880');
    log.warn({ left: 3, room: 'two words', ticket: 'hush', err: new Error('no route') }, 'bus is slow');
    expect(output.lines).toEqual([
      'Open http://localhost:7880\n',
      'Warning: bus is slow  (left=3 room="two words" ticket=[redacted] err="no route")\n',
    ]);
  });

  it('stays JSON at a terminal unless readable lines are asked for', () => {
    const output = capture(true);
    createLogger({ level: 'info', name: 'edge', output }).info('hello');
    expect(JSON.parse(output.lines[0]!).msg).toBe('hello');
  });
});
