import { type JoinRoomOptions, joinRoom, type Network, type Room, type RoomState } from '@partyline/client';
import { nodeNetwork } from '@partyline/client/node';
import { frameNumber } from './frame-number.ts';
import { nowMs } from './raw-client.ts';
import { payloadContinues, payloadMark, syntheticPayload, type VoiceMoment } from './synthetic-voice.ts';
import type { Sdk } from './versions/previous-checkout.ts';

/** One frame as a caller's SDK gave it to the application: in order for its stream, and once. */
export interface CallerFrame {
  streamId: number;
  /** Without wrapping. */
  sequence: number;
  /** Which of its speaker's frames it is, modulo 256; see {@link Caller.numberOf}. */
  mark: number;
  arrivedAtMs: number;
  /** From capture to here on this machine's one clock, in ms. */
  delayMs: number;
}

export interface CallerOptions extends Omit<JoinRoomOptions, 'network'> {
  /** What the first join asks for beside, to be placed on a certain edge. */
  avoid?: readonly string[];
  /** Another version of the SDK than this one. */
  sdk?: Sdk;
  /** A way that its connections take. */
  line?: (network: Network) => Network;
}

const FRAME_MS = 20;
const THIS_SDK: Sdk = { joinRoom, nodeNetwork };

/** The SDK in a call, with a synthetic voice: reconnects and moves as every application's does. */
export class Caller {
  readonly room: Room;
  readonly frames: CallerFrame[] = [];
  readonly states: { phase: RoomState['phase']; atMs: number }[] = [];
  /** Stream ids that were told to have left, in order. */
  readonly departures: number[] = [];
  damagedFrames = 0;
  spoken = 0;
  /** When each frame was spoken, epoch ms. */
  readonly spokenAtMs: number[] = [];
  readonly #sockets: ReadonlySet<OpenSocket>;

  private constructor(room: Room, sockets: ReadonlySet<OpenSocket>) {
    this.room = room;
    this.#sockets = sockets;
    room.on('frame', ({ streamId, sequence, frame }) => {
      const atMs = nowMs();
      if (!payloadContinues(frame.payload)) this.damagedFrames += 1;
      const delayMs = (Math.floor(atMs) % 0x1_0000_0000) - frame.captureTimeMs;
      const mark = payloadMark(frame.payload);
      this.frames.push({ streamId, sequence, mark, arrivedAtMs: atMs, delayMs });
    });
    room.on('participants', ({ left }) => {
      for (const { streamId, self } of left) if (!self) this.departures.push(streamId);
    });
    room.on('state', ({ phase }) => this.states.push({ phase, atMs: nowMs() }));
  }

  /** @throws PartylineError why joining failed */
  static async join({
    avoid = [],
    sdk = THIS_SDK,
    line = (own) => own,
    ...options
  }: CallerOptions): Promise<Caller> {
    const sockets = new Set<OpenSocket>();
    const network = watched(placed(avoid, line(sdk.nodeNetwork({}))), sockets);
    const caller = new Caller(await sdk.joinRoom({ ...options, network }), sockets);
    await caller.room.whenReady();
    return caller;
  }

  get streamId(): number {
    return this.room.streamId;
  }

  get identity(): string {
    return this.room.identity;
  }

  /** The edge it is connected to now, if it is. */
  get edge(): string | undefined {
    const { state } = this.room;
    return state.phase === 'live' ? state.edge : undefined;
  }

  /** How often the state was shown as reconnecting. */
  get interruptions(): number {
    return this.states.filter(({ phase }) => phase === 'reconnecting').length;
  }

  of(streamId: number): CallerFrame[] {
    return this.frames.filter((frame) => frame.streamId === streamId);
  }

  /** Sends one 20 ms frame, captured just now. */
  speak(moment: VoiceMoment): void {
    const payload = syntheticPayload(0, this.spoken & 0xffff, moment.bytes ?? (moment.active ? 80 : 6));
    this.spoken += 1;
    const capturedAtMs = nowMs();
    this.spokenAtMs.push(capturedAtMs);
    this.room.publishFrame({
      payload,
      capturedAtMs,
      durationMs: FRAME_MS,
      levelDbov: moment.level,
      active: moment.active,
    });
  }

  /** Which of this caller's own frames somebody got, counted from 0. */
  numberOf(frame: Pick<CallerFrame, 'mark' | 'arrivedAtMs'>): number {
    return frameNumber(this.spokenAtMs, frame);
  }

  /** Ends its connections without a word, as a network does. */
  cutOff(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  leave(): Promise<void> {
    return this.room.leave();
  }
}

/** A WebSocket of Node. */
type OpenSocket = Awaited<ReturnType<Network['openSocket']>> & {
  terminate(): void;
  once(event: 'close', listener: () => void): void;
};

/** A network that keeps the sockets that are open. */
const watched = (network: Network, sockets: Set<OpenSocket>): Network => ({
  ...network,
  openSocket: async (url) => {
    const socket = (await network.openSocket(url)) as OpenSocket;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  },
});

/** A network whose first join names edges to avoid. */
const placed = (avoid: readonly string[], network: Network): Network => {
  let first = true;
  return {
    ...network,
    fetch: (url, init) => {
      if (!first || avoid.length === 0 || !url.endsWith('/join')) return network.fetch(url, init);
      first = false;
      const body = { ...(JSON.parse(init.body ?? '{}') as object), avoid };
      return network.fetch(url, { ...init, body: JSON.stringify(body) });
    },
  };
};
