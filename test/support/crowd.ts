import { CallableChild } from '@partyline/loadtest/child-calls';

/** Where a listener goes, and with what. */
export interface Seat {
  url: string;
  ticket: string;
}

/** What a crowd has heard, all listeners together. */
export interface CrowdFigures {
  /** Listeners that are ready and connected. */
  inside: number;
  frames: number;
  /** Frames that the edges said they left out. */
  skippedFrames: number;
  pauses: number;
  /** Why those that are gone are gone. */
  closed: string[];
  /** The longest way of a message from its edge to a listener, in ms: on a busy machine, mostly its wait to be read. */
  slowestMs: number;
}

/**
 * Thousands who only listen, in processes of their own: reading for five thousand takes most of a core, and whoever
 * speaks meanwhile in the same process speaks in jerks.
 */
export class Crowd {
  readonly #processes: CallableChild[];
  #opened = 0;

  constructor(processes: number) {
    this.#processes = Array.from(
      { length: processes },
      (_, index) =>
        new CallableChild({
          file: new URL('./crowd-process.ts', import.meta.url),
          label: `crowd ${index + 1}`,
          ownSession: true,
        }),
    );
  }

  /** One more listener; resolves when it is ready or has failed, which `figures` tells. */
  open(seat: Seat): Promise<void> {
    const process = this.#processes[this.#opened++ % this.#processes.length]!;
    return process.call('open', seat);
  }

  async figures(): Promise<CrowdFigures> {
    const parts = await this.#all<CrowdFigures>('figures');
    const sum = (of: (part: CrowdFigures) => number): number =>
      parts.reduce((total, part) => total + of(part), 0);
    return {
      inside: sum(({ inside }) => inside),
      frames: sum(({ frames }) => frames),
      skippedFrames: sum(({ skippedFrames }) => skippedFrames),
      pauses: sum(({ pauses }) => pauses),
      closed: parts.flatMap(({ closed }) => closed),
      slowestMs: Math.max(...parts.map(({ slowestMs }) => slowestMs)),
    };
  }

  /** Everybody says goodbye. */
  async leave(): Promise<void> {
    await this.#all('leave');
  }

  /** Ends the processes. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.end()));
  }

  #all<Value>(name: string): Promise<Value[]> {
    return Promise.all(this.#processes.map((process) => process.call<Value>(name)));
  }
}
