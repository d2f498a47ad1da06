import { ControlPlane, MemoryBus, MemoryBusHub, type OrderHandler } from '@partyline/bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordingReport } from './recordings.ts';
import { RemoteRecorders } from './remote-recorders.ts';

const buses: MemoryBus[] = [];
const planes: ControlPlane[] = [];
const hub = () => new MemoryBusHub();

let shared: MemoryBusHub;
let recorders: RemoteRecorders;

const plane = async (region: string): Promise<ControlPlane> => {
  const bus = new MemoryBus(shared);
  await bus.start();
  const made = new ControlPlane({ region }, { bus });
  buses.push(bus);
  planes.push(made);
  return made;
};

const reportOf = (id: string, room: string, more: Partial<RecordingReport> = {}): RecordingReport => ({
  id,
  room,
  state: 'recording',
  startedAt: '2027-01-15T08:00:00.000Z',
  seconds: 1,
  bytes: 2,
  speakers: [],
  lostFrames: 0,
  unusedFrames: 0,
  tracks: 'ogg',
  mix: [],
  place: 'somewhere',
  files: [],
  ...more,
});

/** A recorder as directories see it; what it is asked to record is told as running from then on. */
const recorder = async (
  edge: string,
  region: string,
  {
    recordings = 0,
    maxRecordings = 4,
    record,
  }: { recordings?: number; maxRecordings?: number; record?: unknown } = {},
): Promise<{ rooms: string[]; known: RecordingReport[] }> => {
  const rooms: string[] = [];
  const known: RecordingReport[] = [];
  const handler: OrderHandler = async (order) => {
    if (order.kind === 'recorders') {
      return { outcome: 'done', answer: { edge, boot: 'b', region, recordings, maxRecordings } };
    }
    if (order.kind === 'recordings') return { outcome: 'done', answer: known };
    if (order.kind === 'record') {
      rooms.push(order.room);
      if (record !== undefined) return { outcome: 'done', answer: record };
      known.push(reportOf(`${edge}-${rooms.length}`, order.room));
      return { outcome: 'done', answer: { report: known.at(-1) } };
    }
    const found = order.kind === 'end_recording' && known.find(({ id }) => id === order.recording);
    if (!found) return 'not_here';
    found.state = 'done';
    return { outcome: 'done', answer: found };
  };
  const own = await plane(region);
  await own.listen('recorders', 'all', handler);
  await own.listen(edge, 'b', handler);
  return { rooms, known };
};

const wish = (room: string) => ({ room, tracks: 'ogg' as const, mix: ['mp3' as const] });

beforeEach(async () => {
  shared = hub();
  recorders = new RemoteRecorders(['eu', 'us'], { controlPlane: await plane('eu') });
});
afterEach(async () => {
  await Promise.all(planes.splice(0).map((one) => one.stop()));
  await Promise.all(buses.splice(0).map((one) => one.stop()));
});

describe('the recorders of a cluster', () => {
  it('share the work: the one with the fewest recordings takes the next, of the own region first', async () => {
    const busy = await recorder('busy', 'eu', { recordings: 2 });
    const idle = await recorder('idle', 'eu', { recordings: 1 });
    const far = await recorder('far', 'us');
    expect(await recorders.record(wish('lobby'))).toMatchObject({ id: 'idle-1', room: 'lobby' });
    expect([busy.rooms, idle.rooms, far.rooms]).toEqual([[], ['lobby'], []]);
  });

  it('are passed over when full, and the next one is asked that has become so meanwhile', async () => {
    const full = await recorder('full', 'eu', { recordings: 4 });
    const late = await recorder('late', 'eu', {
      recordings: 1,
      record: { refusal: { code: 'full', message: 'No.' } },
    });
    const far = await recorder('far', 'us');
    expect(await recorders.record(wish('lobby'))).toMatchObject({ id: 'far-1' });
    expect([full.rooms, late.rooms, far.rooms]).toEqual([[], ['lobby'], ['lobby']]);
  });

  it('record a room once, whichever of them does', async () => {
    await recorder('first', 'us');
    await recorders.record(wish('lobby'));
    await recorder('second', 'eu');
    await expect(recorders.record(wish('lobby'))).rejects.toMatchObject({ code: 'already_recording' });
  });

  it.each([
    [{ refusal: { code: 'failed', message: 'The disk is full.' } }, 'failed', 'The disk is full.'],
    ['nonsense', 'failed', 'did not answer'],
  ])(
    'that answer %j are not followed by another one, which might record as well',
    async (record, code, message) => {
      await recorder('first', 'eu', { record });
      const second = await recorder('second', 'us');
      const refused = recorders.record(wish('lobby'));
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
      expect(second.rooms).toEqual([]);
    },
  );

  it('are missed when there are none', async () => {
    await expect(recorders.record(wish('lobby'))).rejects.toMatchObject({ code: 'none' });
    expect(await recorders.list('lobby')).toEqual([]);
  });

  it('tell of all recordings of a room, the running one before a note of it, and end the one that is meant', async () => {
    const [one, two] = [await recorder('one', 'eu'), await recorder('two', 'us')];
    one.known.push(reportOf('r', 'lobby', { state: 'done', seconds: 5 }), reportOf('other', 'elsewhere'));
    two.known.push(
      reportOf('r', 'lobby', { seconds: 9 }),
      reportOf('old', 'lobby', { state: 'done', startedAt: '2026' }),
    );
    expect((await recorders.list('lobby')).map(({ id, seconds }) => [id, seconds])).toEqual([
      ['old', 1],
      ['r', 9],
    ]);
    expect(await recorders.end('lobby', 'r')).toMatchObject({ id: 'r', state: 'done' });
    expect(await recorders.end('lobby', 'nothing')).toBeUndefined();
    expect(await recorders.get('lobby', 'other')).toBeUndefined();
  });
});
