import type { Caller } from '../../support/caller.ts';
import { FaultInjector } from '../../support/faults/fault-injector.ts';
import { FaultyLine } from '../../support/faults/faulty-line.ts';
import { LatePlayout, lateCapture } from '../../support/faults/faulty-room.ts';
import { FullSocket } from '../../support/faults/full-socket.ts';
import { HopFault } from '../../support/faults/hop-fault.ts';
import type { System } from '../../support/system.ts';
import { until } from '../../support/wait.ts';
import { FollowedFrames, SentStamps } from './followed-frames.ts';
import { MarkedEar } from './marked-ear.ts';
import { MarkedVoice } from './marked-voice.ts';

const ROOM = 'hop-truth';
/** Short, so that a frame can be made to miss it without keeping many others. */
const UPLINK_DEADLINE_MS = 40;

const MAX_STARTS = 12;
const MAX_SLOW_START_MS = 1;

/** Somebody who listens, with a fault on the line and one between arrival and play-out. */
export class Listener {
  readonly line: FaultyLine;
  readonly playout = new HopFault();
  readonly edge: string;
  readonly followed: FollowedFrames;
  readonly ear: MarkedEar;
  readonly #late: LatePlayout;
  readonly #caller: Caller;

  private constructor(
    edge: string,
    line: FaultyLine,
    followed: FollowedFrames,
    caller: Caller,
    voice: MarkedVoice,
  ) {
    this.edge = edge;
    this.line = line;
    this.followed = followed;
    this.#caller = caller;
    this.#late = new LatePlayout(caller.room, this.playout);
    this.ear = new MarkedEar(this.#late.room, voice);
  }

  static async join(system: System, edge: string, sent: SentStamps, voice: MarkedVoice): Promise<Listener> {
    const line = new FaultyLine();
    const followed = new FollowedFrames(sent);
    line.tap = followed.tap;
    const caller = await system.call(
      { room: ROOM, identity: `on-${edge}`, edge, grants: { publish: false } },
      { line: (network) => line.on(network) },
    );
    return new Listener(edge, line, followed, caller, voice);
  }

  /**
   * Hears by a play-out that has learned nothing of how frames arrived before; again, if it happened to start with a
   * frame that was slower than others are.
   */
  async listenAnew(): Promise<void> {
    for (let tries = 0; tries < MAX_STARTS; tries++) {
      this.#late.forget();
      await until('a play-out started', () => this.#late.slowStartMs !== undefined);
      if (this.#late.slowStartMs! <= MAX_SLOW_START_MS) return;
    }
  }

  async leave(): Promise<void> {
    this.ear.close();
    await this.#caller.leave();
  }
}

/** A speaker on one edge, a listener on the same one and one on an edge of another region, and every injector. */
export class Call {
  readonly voice: MarkedVoice;
  readonly line: FaultyLine;
  readonly capture: HopFault;
  readonly socket: FullSocket;
  readonly near: Listener;
  readonly far: Listener;
  readonly nearEdge: FaultInjector;
  readonly farEdge: FaultInjector;
  readonly #speaker: Caller;

  private constructor(parts: {
    speaker: Caller;
    voice: MarkedVoice;
    line: FaultyLine;
    capture: HopFault;
    socket: FullSocket;
    listeners: readonly [Listener, Listener];
    edges: readonly [FaultInjector, FaultInjector];
  }) {
    this.#speaker = parts.speaker;
    this.voice = parts.voice;
    this.line = parts.line;
    this.capture = parts.capture;
    this.socket = parts.socket;
    [this.near, this.far] = parts.listeners;
    [this.nearEdge, this.farEdge] = parts.edges;
  }

  static async start(system: System): Promise<Call> {
    const [near, far] = system.cluster.edges;
    const [line, capture, socket] = [new FaultyLine(), new HopFault(), new FullSocket(UPLINK_DEADLINE_MS)];
    const sent = new SentStamps();
    line.full = socket.isFull;
    line.tap.mediaSent = (message) => {
      socket.sentFrames += 1;
      sent.take(message);
    };
    const speaker = await system.call(
      // Whoever speaks would hear itself: a second downlink on the near edge, on which there is no injector.
      { room: ROOM, identity: 'speaker', edge: near!.id, grants: { subscribe: false } },
      { line: (network) => line.on(network), uplinkDeadlineMs: UPLINK_DEADLINE_MS },
    );
    const room = lateCapture(speaker.room, capture);
    const voice = await MarkedVoice.open(
      (frame) => {
        socket.offered();
        room.publishFrame(frame);
      },
      (localMs) => speaker.room.clock.toCluster(localMs),
    );
    voice.speak();
    const listeners = [
      await Listener.join(system, near!.id, sent, voice),
      await Listener.join(system, far!.id, sent, voice),
    ] as const;
    const edges = [await FaultInjector.of(near!.member), await FaultInjector.of(far!.member)] as const;
    const call = new Call({ speaker, voice, line, capture, socket, listeners, edges });
    await until('both listeners hear marks', () =>
      call.listeners.every(({ ear }) => ear.mouthToEar.length > 1),
    );
    return call;
  }

  get listeners(): readonly [Listener, Listener] {
    return [this.near, this.far];
  }

  async leave(): Promise<void> {
    this.voice.close();
    await Promise.all([...this.listeners, this.#speaker].map((one) => one.leave()));
  }
}
