/**
 * An hour of a call in virtual time, in a process of its own with `--expose-gc`: ten people who come and go and speak in turn, losses
 * and copies, reconnects, and this client speaks as well. Prints one line of JSON: {@link HourFigures}.
 */
import { createEncoder } from '@partyline/codecs';
import { FLAG_SPURT_END, FLAG_SPURT_START } from '@partyline/protocol';
import { joinRoom } from '../src/join-room.ts';
import { VoiceSink } from '../src/node/voice-sink.ts';
import { FakeService, frame, participant } from './fake-service.ts';
import { VirtualTime } from './virtual-time.ts';

export interface HourFigures {
  /** Memory in use after garbage was collected, at the end of each sixth of the call: heap and array buffers, MiB. */
  memoryMiB: number[];
  /** Medians of each sixth, ms. */
  mouthToEarMs: number[];
  people: number;
  framesHeard: number;
  framesLost: number;
  framesSent: number;
  reconnects: number;
  playedMs: number;
}

const MINUTES = Number(process.argv[2] ?? 60);
const START_MS = 1_800_000_000_000;
const AHEAD_MS = 500;
const FRAME_MS = 20;
/** The speakers' clocks are fast by so much, of time and of samples. */
const FAST = 100e-6;
const PEOPLE = 10;
/** Somebody leaves and somebody new comes this often. */
const CHANGE_MS = 10_000;
/** A turn of somebody, pause included. */
const TURN_MS = 4_000;
const TALK_MS = 3_200;
const DELAY_MS = 25;
const JITTER_MS = 15;

const voice: Uint8Array[] = [];
const encoder = await createEncoder('opus', { engine: 'wasm' }, (payload) => voice.push(payload));
for (let n = 0; n < 100; n += 1) {
  encoder.encode(
    Float32Array.from({ length: 960 }, (_, i) => Math.sin((n * 960 + i) / 20) * 0.2),
    n,
  );
}
encoder.close();

let seed = 7;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
  return (seed >>> 8) / 0x100_0000;
};

const time = new VirtualTime(START_MS);
const service = new FakeService();
service.aheadMs = { 'edge-a': AHEAD_MS, 'edge-b': AHEAD_MS };
const people = Array.from({ length: PEOPLE }, (_, i) => i + 2);
service.welcome = { participants: people.map((id) => participant(id)), traceEvery: 50 };
const joining = joinRoom({
  url: 'http://127.0.0.1:8080',
  room: 'lobby',
  name: 'Ada',
  network: service.network,
  clock: time,
  timers: time,
});
await new Promise(setImmediate);
const room = await joining;
let heardFrames = 0;
room.on('frame', () => {
  heardFrames += 1;
});
const sink = new VoiceSink(room, {
  onPcm: () => {},
  clock: time,
  timers: time,
});

let nextId = PEOPLE + 2;
const sequences = new Map<number, number>();
let topicSequence = 100;
let socket = service.socket;
let lastArrivalMs = 0;

/** Somebody speaks for a while: frames are lost, come twice, and vary in their delay. */
const takeTurn = (): void => {
  const speaker = people[Math.floor(random() * people.length)]!;
  const beganMs = time.now();
  for (let n = 0; n * FRAME_MS < TALK_MS; n += 1) {
    const sequence = ((sequences.get(speaker) ?? Math.floor(random() * 0x1_0000)) + 1) & 0xffff;
    sequences.set(speaker, sequence);
    if (random() < 0.01) continue;
    const capturedMs = beganMs + n * FRAME_MS * (1 - FAST);
    lastArrivalMs = Math.max(lastArrivalMs, capturedMs + FRAME_MS + DELAY_MS + random() * JITTER_MS);
    const first = n === 0 ? FLAG_SPURT_START : 0;
    const last = (n + 1) * FRAME_MS >= TALK_MS ? FLAG_SPURT_END : 0;
    const said = frame({
      streamId: speaker,
      sequence,
      flags: first | last,
      captureTimeMs: Math.round(capturedMs + AHEAD_MS) % 0x1_0000_0000,
      payload: voice[n % voice.length]!,
    });
    const copies = random() < 0.005 ? 2 : 1;
    time.after(lastArrivalMs - time.now(), () => {
      for (let copy = 0; copy < copies; copy += 1) {
        if (socket.closed) return;
        topicSequence += 1;
        socket.forward(7, topicSequence, [said]);
      }
    });
  }
};

const change = (): void => {
  const left = people.shift()!;
  const joined = nextId;
  nextId += 1;
  people.push(joined);
  sequences.delete(left);
  service.welcome.participants = people.map((id) => participant(id));
  if (socket.closed) return;
  socket.say({ type: 'participants', joined: [participant(joined)], left: [left], listeners: 3 });
  socket.say({ type: 'speakers', speakers: [{ streamId: joined, level: 30 }] });
  socket.say({
    type: 'data',
    id: nextId,
    text: 'hello',
    from: `person-${joined}`,
    streamId: joined,
    direct: false,
  });
};

const own = (): void => {
  room.publishFrame({
    payload: voice[0]!,
    capturedAtMs: room.clock.now() - FRAME_MS,
    durationMs: FRAME_MS,
    levelDbov: 30,
    active: true,
  });
};

/** What a test double keeps for tests would be most of what grows here. */
const forgetWhatWasSent = (): void => {
  socket.media.length = 0;
  socket.messages.length = 0;
  service.joins.length = 1;
  for (const old of service.sockets.splice(0, service.sockets.length - 1)) old.media.length = 0;
};

time.every(1_000, () => {
  socket = service.socket;
  if (!socket.closed) socket.say({ type: 'heartbeat', time: time.now() + AHEAD_MS });
});
time.every(TURN_MS, takeTurn);
time.every(CHANGE_MS, change);
time.every(FRAME_MS, own);
time.every(10_000, forgetWhatWasSent);
time.every(600_000, () => {
  topicSequence = 100;
  socket.drop(1006);
});

const figures: HourFigures = {
  memoryMiB: [],
  mouthToEarMs: [],
  people: 0,
  framesHeard: 0,
  framesLost: 0,
  framesSent: 0,
  reconnects: 0,
  playedMs: 0,
};
let delays: number[] = [];
time.every(997, () => {
  for (const { mouthToEarMs } of room.getStats().speakers)
    if (mouthToEarMs !== undefined) delays.push(mouthToEarMs);
});

for (let part = 1; part <= 6; part += 1) {
  await time.advanceTo(START_MS + (part * MINUTES * 60_000) / 6 - 1);
  delays.sort((a, b) => a - b);
  figures.mouthToEarMs.push(delays[delays.length >> 1]!);
  delays = [];
  forgetWhatWasSent();
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc!();
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  figures.memoryMiB.push((heapUsed + arrayBuffers) / 1_048_576);
}
const { downlink, uplink, reconnects } = room.getStats();
figures.people = nextId - 2;
figures.framesHeard = heardFrames;
figures.framesLost = downlink.lostFrames;
figures.framesSent = uplink.sentFrames;
figures.reconnects = reconnects;
figures.playedMs = sink.playedMs;
console.log(JSON.stringify(figures));
process.exit(0);
