import { describe, expect, it } from 'vitest';
import { type Component, Lifecycle } from './lifecycle.ts';

function recorder() {
  const events: string[] = [];
  const component = (name: string, overrides: Partial<Component> = {}): Component => ({
    name,
    start: () => void events.push(`start ${name}`),
    stop: () => void events.push(`stop ${name}`),
    ...overrides,
  });
  return { events, component };
}

describe('Lifecycle', () => {
  it('starts in order and stops in reverse, once each', async () => {
    const { events, component } = recorder();
    const lifecycle = new Lifecycle('edge', [component('bus'), component('server')]);
    await Promise.all([lifecycle.start(), lifecycle.start()]);
    expect(lifecycle.state).toBe('running');
    await Promise.all([lifecycle.stop(1000), lifecycle.stop(1000)]);
    expect(events).toEqual(['start bus', 'start server', 'stop server', 'stop bus']);
    expect(lifecycle.state).toBe('stopped');
    expect(lifecycle.stopErrors).toEqual([]);
  });

  it('stops what was started when a component fails to start', async () => {
    const { events, component } = recorder();
    const failing = component('server', { start: () => Promise.reject(new Error('port 80 is taken')) });
    const lifecycle = new Lifecycle('edge', [component('bus'), failing, component('ops')]);
    await expect(lifecycle.start()).rejects.toThrow('server failed to start: port 80 is taken');
    expect(events).toEqual(['start bus', 'stop bus']);
  });

  it('stops the others when one fails or takes too long, and says which', async () => {
    const { events, component } = recorder();
    const lifecycle = new Lifecycle('edge', [
      component('bus'),
      component('slow', { stop: () => new Promise(() => undefined) }),
      component('broken', { stop: () => Promise.reject(new Error('no')) }),
    ]);
    await lifecycle.start();
    await lifecycle.stop(150);
    expect(events.at(-1)).toBe('stop bus');
    const messages = lifecycle.stopErrors.map((error) => error.message);
    expect(messages[0]).toBe('broken failed to stop: no');
    expect(messages[1]).toMatch(/^slow failed to stop: not done after \d+ ms$/);
  });

  it('gives each component the time that is left', async () => {
    const { component } = recorder();
    const budgets: number[] = [];
    const lifecycle = new Lifecycle('edge', [
      component('bus', { stop: (deadlineMs) => void budgets.push(deadlineMs) }),
      component('drain', {
        stop: (deadlineMs) => {
          budgets.push(deadlineMs);
          return new Promise((resolve) => setTimeout(resolve, 60));
        },
      }),
    ]);
    await lifecycle.start();
    await lifecycle.stop(1000);
    expect(budgets[0]).toBeGreaterThan(900);
    expect(budgets[1]).toBeLessThanOrEqual(budgets[0]! - 55);
  });

  it('starts no further component once it is told to stop while starting', async () => {
    const { events, component } = recorder();
    let finishStart = (): void => undefined;
    const slow = component('slow', { start: () => new Promise<void>((resolve) => (finishStart = resolve)) });
    const lifecycle = new Lifecycle('edge', [slow, component('server')]);
    const started = lifecycle.start();
    const stopped = lifecycle.stop(1000);
    finishStart();
    await Promise.all([started, stopped]);
    expect(events).toEqual(['stop slow']);
  });

  it('stops a component that finishes its start after the stop gave up on it', async () => {
    const { events, component } = recorder();
    let finishStart = (): void => undefined;
    const slow = component('slow', { start: () => new Promise<void>((resolve) => (finishStart = resolve)) });
    const lifecycle = new Lifecycle('edge', [slow]);
    const started = lifecycle.start();
    await lifecycle.stop(20);
    expect(events).toEqual([]);
    finishStart();
    await started;
    expect(events).toEqual(['stop slow']);
  });

  it('does not start again after a stop', async () => {
    const lifecycle = new Lifecycle('edge', []);
    await lifecycle.stop(0);
    await expect(lifecycle.start()).rejects.toThrow('edge failed to start: it was already stopped');
  });

  it('nests, and reports what went wrong inside', async () => {
    const { component } = recorder();
    const broken = component('broken', { stop: () => Promise.reject(new Error('no')) });
    const outer = new Lifecycle('all', [new Lifecycle('edge', [broken])]);
    await outer.start();
    await outer.stop(1000);
    expect(outer.stopErrors.map((error) => error.message)).toEqual(['broken failed to stop: no']);
  });
});
