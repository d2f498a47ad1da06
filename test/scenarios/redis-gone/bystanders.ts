import type { Caller } from '../../support/caller.ts';
import { ProcessWatch } from '../../support/process-watch.ts';
import { nowMs } from '../../support/raw-client.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { Talkers } from '../../support/talkers.ts';
import { holdsWithin } from '../../support/wait.ts';
import { Neighbours } from './neighbours.ts';
import type { PartServices } from './part.ts';

const MAX_GROWTH_MIB = 40;
/** Three times what it takes: in CI as well, as who waits for Redis or for a directory that does takes no longer than this. */
const BACK_WITHIN_MS = 2_000;
/** Looked at for longer, so that a failure can say how late it was. */
const PATIENCE_MS = 15_000;
/** Longer than what was under way when the connection was lost. */
const UNDER_WAY_MS = 500;

/** What came of those who were not to notice anything. */
export interface Untouched {
  frames: number;
  lost: number;
  growthMiB: number;
  /** How long it took whoever lost the connection to be back; undefined when nobody did. */
  backMs: number | undefined;
}

/**
 * Who and what is not to notice a fault of Redis, whichever it is: calls within every edge, somebody there whose connection is
 * lost meanwhile and who comes back, and the processes, which stay ready and within their memory.
 */
export class Bystanders {
  readonly neighbours: Neighbours;
  readonly #services: PartServices;
  readonly #part: string;
  readonly #talkers: Talkers;
  readonly #watch: ProcessWatch;
  readonly #clumsy: Caller;
  #backMs: number | undefined;

  private constructor(
    services: PartServices,
    part: string,
    talkers: Talkers,
    { neighbours, watch, clumsy }: { neighbours: Neighbours; watch: ProcessWatch; clumsy: Caller },
  ) {
    this.#services = services;
    this.#part = part;
    this.#talkers = talkers;
    this.neighbours = neighbours;
    this.#watch = watch;
    this.#clumsy = clumsy;
  }

  static async gather(services: PartServices, part: string, talkers: Talkers): Promise<Bystanders> {
    const { system } = services;
    const neighbours = await Neighbours.gather(system, talkers, part);
    const { edge } = neighbours.calls[1]!;
    const clumsy = await system.call({ room: `${part}-${edge}`, identity: 'clumsy', edge });
    talkers.say(clumsy, speech(60));
    const { edges, directories } = system.cluster;
    const watch = await ProcessWatch.start([...edges, ...directories]);
    return new Bystanders(services, part, talkers, { neighbours, watch, clumsy });
  }

  get everybody(): Caller[] {
    return [...this.neighbours.everybody, this.#clumsy];
  }

  /**
   * To be called while the fault is there: somebody loses the connection, and is to hear the others and be heard again.
   * @param stays whether it has to be on the same edge, as a directory that could name another has no state to ask
   */
  async expectReconnect({ stays }: { stays: boolean }): Promise<void> {
    const { checks } = this.#services;
    const part = this.#part;
    const lost = this.#clumsy;
    const { speaker, listener } = this.neighbours.calls[1]!;
    const { edge, spoken, interruptions } = lost;
    lost.cutOff();
    const cutAtMs = nowMs();
    const isBack = (): boolean =>
      lost.edge !== undefined &&
      lost.interruptions > interruptions &&
      (lost.of(speaker.streamId).at(-1)?.arrivedAtMs ?? 0) > cutAtMs + 50 &&
      (listener.of(lost.streamId).at(-1)?.arrivedAtMs ?? 0) > cutAtMs + UNDER_WAY_MS;
    const back = await holdsWithin(isBack, PATIENCE_MS);
    const tookMs = nowMs() - cutAtMs;
    checks.expect(back, `${part}: whoever lost the connection did not come back (${lost.room.state.phase})`);
    checks.expect(tookMs <= BACK_WITHIN_MS, `${part}: coming back took ${tookMs.toFixed(0)} ms`);
    checks.expect(!stays || lost.edge === edge, `${part}: whoever was on ${edge} came back to ${lost.edge}`);
    checks.expect(lost.spoken > spoken, `${part}: whoever came back did not speak`);
    this.#backMs = tookMs;
  }

  /** Ends their talk, and expects that none of them has noticed anything. */
  async expectUntouched(): Promise<Untouched> {
    const { checks } = this.#services;
    const part = this.#part;
    this.#talkers.hush(this.#clumsy);
    const { frames, lost } = await this.neighbours.expectUntouched(checks, this.#talkers, part);
    const told = this.#clumsy.departures.length;
    checks.expect(told === 0, `${part}: whoever came back was told ${told} times that somebody left`);
    await this.#watch.stop();
    const { unready, growthMiB, looks, unmeasured } = this.#watch;
    checks.expect(
      looks > 0 && unready.length === 0,
      `${part}: a process was not ready ${unready.length} times, as ${unready[0]}`,
    );
    checks.expect(unmeasured.length === 0, `${part}: the memory of ${unmeasured.join(', ')} is not known`);
    checks.expect(
      growthMiB < MAX_GROWTH_MIB,
      `${part}: a process's memory grew by ${growthMiB.toFixed(1)} MiB`,
    );
    return { frames, lost, growthMiB, backMs: this.#backMs };
  }

  async leave(): Promise<void> {
    await Promise.all([this.#clumsy.leave(), this.neighbours.leave()]);
  }
}

/** For people. */
export const sentenceOf = ({ frames, lost, growthMiB, backMs }: Untouched): string =>
  [
    `${frames} frames within edges, ${lost} lost`,
    ...(backMs === undefined ? [] : [`back in ${backMs.toFixed(0)} ms`]),
    `+${growthMiB.toFixed(0)} MiB`,
  ].join('; ');
