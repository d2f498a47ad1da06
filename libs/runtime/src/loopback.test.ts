import { expect, it } from 'vitest';
import { isLoopback } from './loopback.ts';

it('tells loopback from everything else', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '192.168.1.2', '10.0.0.1', '127.evil.example'].some(isLoopback)).toBe(false);
});
