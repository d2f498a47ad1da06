import { describe, expect, it } from 'vitest';
import { acknowledging, layersOf, mediaBps, streamBps, webSocketBytes } from './wire.ts';

const voice = { framesPerSecond: 50, payloadBytes: 160, messagesPerSecond: 50, control: [] };

describe('layersOf', () => {
  it('frames as RFC 6455, 5.2 has it: 2, 4 or 10 bytes, and 4 of mask', () => {
    expect([0, 125, 126, 65_535, 65_536].map((bytes) => webSocketBytes(bytes, false))).toEqual([
      2, 2, 4, 4, 10,
    ]);
    expect(webSocketBytes(192, true)).toBe(8);
  });

  it('adds up a frame of G.711: 160 + 16 + 16 + 8 + 22 + 52 = 274 bytes, 50 times a second', () => {
    const layers = layersOf(voice, { masked: true, tls: true });
    expect(mediaBps(layers)).toBe(8 * 50 * 192);
    expect(streamBps(layers)).toBe(8 * 50 * 222);
    expect(layers.totalBps).toBe(8 * 50 * 274);
    expect(layers.segmentsPerSecond).toBe(50);
    expect(layersOf(voice, { masked: true, tls: false }).totalBps).toBe(8 * 50 * 252);
  });

  it('has one message header for frames that leave together', () => {
    const layers = layersOf(
      { ...voice, framesPerSecond: 150, messagesPerSecond: 50 },
      { masked: false, tls: false },
    );
    expect(streamBps(layers)).toBe(8 * 50 * (3 * 176 + 16 + 4));
  });

  it('cuts what is longer than a segment', () => {
    const large = { ...voice, payloadBytes: 1_500 };
    expect(layersOf(large, { masked: true, tls: true }).segmentsPerSecond).toBe(100);
  });

  it('counts control messages beside the voice', () => {
    const control = [{ bytes: 40, perSecond: 5 }];
    const layers = layersOf(
      { ...voice, framesPerSecond: 0, messagesPerSecond: 0, control },
      { masked: true, tls: false },
    );
    expect(layers).toMatchObject({
      controlBps: 1_600,
      webSocketBps: 240,
      segmentsPerSecond: 5,
      messagesPerSecond: 0,
    });
  });
});

describe('acknowledging', () => {
  const nothing = layersOf(
    { ...voice, framesPerSecond: 0, messagesPerSecond: 0 },
    { masked: true, tls: false },
  );
  const sent = (perSecond: number) =>
    layersOf(
      { ...voice, framesPerSecond: perSecond, messagesPerSecond: perSecond },
      { masked: true, tls: false },
    );

  it('takes one for every second segment where nothing goes back', () => {
    expect(acknowledging(nothing, sent(500)).acknowledgementsPerSecond).toBeCloseTo(250, 0);
  });

  it('takes one for each where they are rare', () => {
    expect(acknowledging(nothing, sent(1)).acknowledgementsPerSecond).toBeGreaterThan(0.95);
  });

  it('needs none for what never came, and few where much goes back', () => {
    expect(acknowledging(sent(50), nothing).acknowledgementsPerSecond).toBe(0);
    expect(acknowledging(sent(500), sent(10)).acknowledgementsPerSecond).toBeLessThan(1);
  });
});
