import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { edgeCpuShare } from './edge-cpu.ts';

const results = <Result>(name: string): Result =>
  JSON.parse(
    readFileSync(new URL(`../../../../loadtest/bench/results/${name}.json`, import.meta.url), 'utf8'),
  ) as Result;

interface Edge {
  name: string;
  rooms: number;
  publishers: number;
  listeners: number;
  talkShare: number;
}
interface Cost {
  figures: { edges: [Edge, { cpuUsPerSecond: number }][] };
}
interface Loaded {
  shapes: {
    shape: string;
    publishers: number;
    listeners: number;
    intervalMs: number;
    edge: { usefulFramesPerSecond: number; serverShare: number; framesPerMessage: number };
  }[];
}

describe('edgeCpuShare', () => {
  it.each(results<Cost>('metrics-cost').figures.edges)(
    'is what the committed benchmark measured: $name',
    (shape, { cpuUsPerSecond }) => {
      const { rooms, publishers, listeners, talkShare } = shape;
      const messagesIn = rooms * publishers * talkShare * 50;
      const messagesOut = messagesIn * (publishers + listeners);
      const share = edgeCpuShare({ messagesIn, messagesOut, framesOut: messagesOut });
      expect(share / (cpuUsPerSecond / 1_000_000)).toBeCloseTo(1, 1);
    },
  );

  it.each(results<Loaded>('fan-out-loaded').shapes)(
    'is near it where frames leave together: $shape',
    (measured) => {
      const { publishers, listeners, edge } = measured;
      const people = publishers + listeners;
      const framesIn = edge.usefulFramesPerSecond / (people - 1);
      const framesOut = framesIn * people;
      const share = edgeCpuShare({
        messagesIn: framesIn,
        messagesOut: framesOut / edge.framesPerMessage,
        framesOut,
      });
      expect(share / edge.serverShare).toBeGreaterThan(0.75);
      expect(share / edge.serverShare).toBeLessThan(1.25);
    },
  );
});
