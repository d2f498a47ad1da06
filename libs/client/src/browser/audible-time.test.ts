import { describe, expect, it } from 'vitest';
import { localClock } from '../clock.ts';
import { audibleAtMs, tellsOutputTime } from './audible-time.ts';

const agents = {
  firefoxLinux: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  firefoxAndroid: 'Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0',
  firefoxWindows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0',
  firefoxMac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0',
  chromium:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  webkit:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15',
};

const context = (contextTime: number, performanceTime: number) => ({
  getOutputTimestamp: () => ({ contextTime, performanceTime }),
  baseLatency: 0.005,
  outputLatency: 0.02,
});

describe('audibleAtMs', () => {
  it('goes by the sample that the loudspeaker plays now, where the browser tells it', () => {
    const report = { wallMs: 0, contextTimeS: 10.05 };
    const playingAtMs = performance.now() - 20;
    const heardAtMs = audibleAtMs(context(10, playingAtMs), report, agents.chromium);
    expect(heardAtMs - performance.timeOrigin).toBeCloseTo(playingAtMs + 50, 3);
  });

  it.each([
    ['tells nothing', () => context(0, 0)],
    // As WebKitGTK 2.50 does.
    ['adds the time that sound has run', () => context(18, performance.now() + 18_000)],
  ])('adds the claimed latencies where the browser %s', (_, making) => {
    const report = { wallMs: Date.now(), contextTimeS: 18 };
    const heardAtMs = audibleAtMs(making(), report, agents.webkit);
    expect(heardAtMs - localClock.now()).toBeGreaterThan(15);
    expect(heardAtMs - localClock.now()).toBeLessThanOrEqual(26);
  });

  it('never asks Firefox on Linux, whose page would hang', () => {
    const hanging = {
      getOutputTimestamp: () => expect.unreachable(),
      get baseLatency(): number {
        return expect.unreachable();
      },
      get outputLatency(): number {
        return expect.unreachable();
      },
    };
    const heardAtMs = audibleAtMs(hanging, { wallMs: Date.now(), contextTimeS: 1 }, agents.firefoxLinux);
    expect(heardAtMs - localClock.now()).toBeGreaterThan(30);
    expect(heardAtMs - localClock.now()).toBeLessThanOrEqual(46);
  });

  it.each([
    ['firefoxLinux', false],
    ['firefoxAndroid', false],
    ['firefoxWindows', true],
    ['firefoxMac', true],
    ['chromium', true],
    ['webkit', true],
  ] as const)('knows whether %s can be asked: %s', (browser, answer) => {
    expect(tellsOutputTime(agents[browser])).toBe(answer);
  });
});
