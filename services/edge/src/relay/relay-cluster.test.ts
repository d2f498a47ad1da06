import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterEdge, ClusterFixture } from '../cluster-fixture.ts';
import { type TestClient, until } from '../edge-fixture.ts';

let cluster: ClusterFixture;

beforeEach(() => {
  cluster = new ClusterFixture();
});
afterEach(() => cluster.stop());

const sequences = (client: TestClient, streamId: number): number[] =>
  client.frames(streamId).map(({ sequence }) => sequence);

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const relayOf = ({ edge }: ClusterEdge) => edge.counters.relay;

describe('voice on a cluster', () => {
  it('is heard on every edge from the first frame on, each frame once', async () => {
    const [one, two, three] = [
      await cluster.add('one'),
      await cluster.add('two'),
      await cluster.add('three'),
    ];
    const bob = await two.join({ identity: 'bob', grants: { publish: false } });
    const eve = await three.join({ identity: 'eve', grants: { publish: false } });
    const ada = await one.join({ identity: 'ada' });
    for (let i = 0; i < 100; i++) {
      ada.speak();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const client of [bob, eve]) {
      await until(() => client.frames().length === 100, 'every frame');
      expect(sequences(client, ada.seat.streamId)).toEqual(upTo(100));
    }
    expect(relayOf(two)).toMatchObject({ selectedFrames: 100, duplicateFrames: 0, sentFrames: 0 });
    expect(relayOf(one).receivedFrames).toBe(0);
  });

  it('goes to one region as one copy, by the channel of a room that three of its edges hold', async () => {
    const sender = await cluster.add('sender', { region: 'here' });
    const far: ClusterEdge[] = [];
    for (const name of ['one', 'two', 'three']) far.push(await cluster.add(name, { region: 'far' }));
    const listeners: TestClient[] = [];
    for (const edge of far) {
      listeners.push(await edge.join({ identity: edge.edgeId, grants: { publish: false } }));
    }
    const ada = await sender.join({ identity: 'ada' });
    const stream = ada.seat.streamId;
    /** Says so many frames, as fast as voice comes, and counts the copies that went to other edges. */
    const copiesOf = async (frames: number): Promise<number> => {
      const { uplinkFrames } = sender.edge.counters;
      const { sentFrames } = relayOf(sender);
      for (let i = 0; i < frames; i++) {
        ada.speak();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await until(() => sender.edge.counters.uplinkFrames === uplinkFrames + frames, 'the frames to come');
      return relayOf(sender).sentFrames - sentFrames;
    };
    const heardByAll = () => listeners.every((client) => sequences(client, stream).length === spoken);
    let spoken = 0;
    let copies = 0;
    // Until the channel is in use, each edge gets a copy of its own.
    while (spoken < 200 && copies !== 1) {
      copies = await copiesOf(1);
      spoken += 1;
    }
    expect(copies).toBe(1);
    expect(await copiesOf(20)).toBe(20);
    spoken += 20;
    await until(heardByAll, 'every frame on every edge, the change of ways included');
  });

  it('of a room that is on one edge only never gets onto the bus', async () => {
    const [one, two] = [await cluster.add('one'), await cluster.add('two')];
    const ada = await one.join({ identity: 'ada' });
    const bob = await one.join({ identity: 'bob' });
    await two.join({ identity: 'eve', room: 'other' });
    for (let i = 0; i < 20; i++) ada.speak();
    await until(() => bob.frames().length === 20, 'the frames');
    expect(relayOf(one).sentFrames).toBe(0);
    expect(relayOf(two).receivedFrames).toBe(0);
  });

  it('that is not selected crosses only to the edge where it was subscribed to with "always"', async () => {
    const [one, two, three] = [
      await cluster.add('one'),
      await cluster.add('two'),
      await cluster.add('three'),
    ];
    const ada = await one.join({ identity: 'ada' });
    const fan = await two.join({ identity: 'fan', grants: { publish: false } });
    await three.join({ identity: 'eve', grants: { publish: false } });
    fan.send({ type: 'subscribe', streamId: ada.seat.streamId, mode: 'always' });
    await until(() => {
      ada.speak({ active: false, level: 80 });
      return fan.frames(ada.seat.streamId).length > 10;
    }, 'the quiet stream');
    expect(relayOf(three).receivedFrames).toBe(0);
    expect(relayOf(two).selectedFrames).toBe(0);
  });

  it('is exported by region once the peers know each other', async () => {
    const near = await cluster.add('near', { region: 'eu' });
    const far = await cluster.add('far', { region: 'us' });
    const bob = await far.join({ identity: 'bob' });
    const ada = await near.join({ identity: 'ada' });
    for (let i = 0; i < 20; i++) ada.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 20, 'the frames');
    const sent = await near.metrics.render();
    const got = await far.metrics.render();
    expect(sent.body).toContain('direction="out",from_region="eu",to_region="us"} 20');
    expect(got.body).toContain('direction="in",from_region="eu",to_region="us"} 20');
    expect(got.body).toContain(
      'partyline_hop_latency_seconds_count{hop="bus",source="edge",from_region="eu",to_region="us"}',
    );
  });
});
