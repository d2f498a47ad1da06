import { setTimeout as delay } from 'node:timers/promises';
import type { TicketSigner } from '@partyline/tokens';
import type { Shape } from '../comparison/shape.ts';
import { ownCpuUs } from '../processes/own-cpu.ts';
import { Connection } from './connection.ts';
import { placesOf } from './place.ts';
import { Side, type Tally, type Target } from './side.ts';
import { Speech } from './speech.ts';

/** Connections under way at a time, below a server's usual backlog. */
const DIALS = 64;
/** Every listener acknowledges this often (the `ackMs` of `welcome`), each at another moment. */
const ACK_MS = 200;
const ACK_SLICES = 20;
/** In so many parts a receiver report of everybody is sent. */
const REPORT_SLICES = 20;
/** Listeners that do not read at once read this often, each at another moment. */
const READ_MS = 20;
const READ_SLICES = 20;
/** How long the last frames may take to arrive after the talking has ended. */
const SETTLE_MS = 2_000;

/** What one measuring window saw at the generator. */
export interface Window {
  seconds: number;
  /** Useful frames delivered, and all media messages and their bytes. */
  frames: number;
  /** The speakers' own frames, which come back in messages for everybody. */
  ownFrames: number;
  messages: number;
  bytes: number;
  texts: number;
  acks: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  /** How late the speakers' frames left, and the generator's own share of its core. */
  lateP99Ms: number;
  generatorShare: number;
  /** Useful frames asked for by what was sent, per second. */
  offeredPerSecond: number;
}

/** The books of everything since the talking began. */
export interface Books {
  sent: number;
  /** Frames that were held back, as server or generator were a second behind. */
  skipped: number;
  expected: number;
  delivered: number;
  lost: number;
  duplicates: number;
  messageGaps: number;
  strays: number;
  pauses: number;
  closed: number;
  firstClose?: string;
}

/** Everybody who is connected to one server. */
export class Crowd {
  readonly #side: Side;
  #connections: Connection[] = [];
  #speech: Speech | undefined;
  #ackTimer: NodeJS.Timeout | undefined;
  #ackSlice = 0;
  #readTimer: NodeJS.Timeout | undefined;
  #readSlice = 0;
  #reportTimer: NodeJS.Timeout | undefined;
  #reportSlice = 0;
  #opened = { tally: {} as Tally, expected: 0, atMs: 0, cpuUs: 0 };
  #talkFrom = { tally: {} as Tally, sent: 0, skipped: 0, expected: 0 };

  constructor(target: Target, shape: Shape, signer: TicketSigner) {
    this.#side = new Side(target, shape, signer);
  }

  /** Connects everybody and, at an edge, waits until they are let in. */
  async gather(): Promise<void> {
    const places = placesOf(this.#side.shape);
    this.#connections = new Array<Connection>(places.length);
    let next = 0;
    const dial = async (): Promise<void> => {
      while (next < places.length) {
        const i = next;
        next += 1;
        this.#connections[i] = await Connection.open(this.#side, places[i]!);
      }
    };
    await Promise.all(Array.from({ length: DIALS }, dial));
    const speakers = this.#connections.filter(({ place }) => place.publishes);
    const speech = new Speech(this.#side, speakers);
    this.#speech = speech;
    this.#side.betweenReads = (nowMs) => speech.sendDue(nowMs);
    this.#readTimer = setInterval(() => this.#readSliceNow(), READ_MS / READ_SLICES);
    if (this.#side.target.kind === 'edge') {
      this.#ackTimer = setInterval(() => this.#acknowledgeSlice(), ACK_MS / ACK_SLICES);
    }
  }

  talk(): void {
    const speech = this.#speech!;
    const { sent, skipped, expected } = speech;
    this.#talkFrom = { tally: { ...this.#side.tally }, sent, skipped, expected };
    speech.start();
  }

  /** Opens a measuring window. */
  open(): void {
    this.#side.latencies.reset();
    this.#speech!.lateness.reset();
    this.#side.recording = true;
    this.#opened = {
      tally: { ...this.#side.tally },
      expected: this.#speech!.expected,
      atMs: performance.now(),
      cpuUs: ownCpuUs(),
    };
  }

  close(): Window {
    this.#side.recording = false;
    const { tally, latencies } = this.#side;
    const before = this.#opened;
    const seconds = (performance.now() - before.atMs) / 1000;
    return {
      seconds,
      frames: tally.frames - before.tally.frames,
      ownFrames: tally.ownFrames - before.tally.ownFrames,
      messages: tally.messages - before.tally.messages,
      bytes: tally.bytes - before.tally.bytes,
      texts: tally.texts - before.tally.texts,
      acks: tally.acks - before.tally.acks,
      p50Ms: latencies.quantile(0.5),
      p99Ms: latencies.quantile(0.99),
      p999Ms: latencies.quantile(0.999),
      lateP99Ms: this.#speech!.lateness.quantile(0.99),
      generatorShare: (ownCpuUs() - before.cpuUs) / 1e6 / seconds,
      offeredPerSecond: (this.#speech!.expected - before.expected) / seconds,
    };
  }

  /** Ends the talking, waits for what is under way and balances the books. */
  async hush(): Promise<Books> {
    const speech = this.#speech!;
    speech.stop();
    const until = performance.now() + SETTLE_MS;
    while (this.#balance().lost > 0 && performance.now() < until) await delay(20);
    return this.#balance();
  }

  /** From now on everybody sends a receiver report every so many ms, each at another moment; 0 ends it. */
  report(everyMs: number): void {
    clearInterval(this.#reportTimer);
    if (everyMs > 0) this.#reportTimer = setInterval(() => this.#reportSliceNow(), everyMs / REPORT_SLICES);
  }

  end(): void {
    this.#speech?.stop();
    clearInterval(this.#ackTimer);
    clearInterval(this.#readTimer);
    clearInterval(this.#reportTimer);
    for (const connection of this.#connections) connection.end();
  }

  #balance(): Books {
    const { tally, firstClose } = this.#side;
    const from = this.#talkFrom;
    const expected = this.#speech!.expected - from.expected;
    const delivered = tally.frames - from.tally.frames;
    return {
      sent: this.#speech!.sent - from.sent,
      skipped: this.#speech!.skipped - from.skipped,
      expected,
      delivered,
      lost: expected - delivered,
      duplicates: tally.duplicates - from.tally.duplicates,
      messageGaps: tally.messageGaps - from.tally.messageGaps,
      strays: tally.strays - from.tally.strays,
      pauses: tally.pauses - from.tally.pauses,
      closed: tally.closed,
      ...(firstClose === undefined ? {} : { firstClose }),
    };
  }

  #readSliceNow(): void {
    for (let i = this.#readSlice; i < this.#connections.length; i += READ_SLICES)
      this.#connections[i]!.resume();
    this.#readSlice = (this.#readSlice + 1) % READ_SLICES;
  }

  #reportSliceNow(): void {
    for (let i = this.#reportSlice; i < this.#connections.length; i += REPORT_SLICES)
      this.#connections[i]!.report();
    this.#reportSlice = (this.#reportSlice + 1) % REPORT_SLICES;
  }

  #acknowledgeSlice(): void {
    for (let i = this.#ackSlice; i < this.#connections.length; i += ACK_SLICES)
      this.#connections[i]!.acknowledge();
    this.#ackSlice = (this.#ackSlice + 1) % ACK_SLICES;
  }
}
