import type { Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';

/** How soon directories that gave no answer are asked again, and those that do not know the region, in ms. */
const UNANSWERED_MS = 5_000;
const UNKNOWN_MS = 60_000;

export interface RegionCheckDeps {
  /** What the directories know; undefined when they do not say. */
  regions: () => Promise<readonly string[] | undefined>;
  log: Logger;
}

/**
 * Finds out whether the directories know this edge's region. They place nobody in one that they do not know, and the edge
 * would wait for ever, ready and idle.
 */
export class RegionCheck implements Component {
  readonly name = 'region check';
  /** Undefined before a directory has answered. */
  known: boolean | undefined;
  readonly #region: string;
  readonly #deps: RegionCheckDeps;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(region: string, deps: RegionCheckDeps) {
    this.#region = region;
    this.#deps = deps;
  }

  /** Nobody waits for it. */
  start(): void {
    void this.#check();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { regions, log } = this.#deps;
    const answer = await regions().catch(() => 'none' as const);
    if (this.#stopped) return;
    if (answer === 'none') {
      this.#timer = setTimeout(() => void this.#check(), UNANSWERED_MS);
      return;
    }
    const before = this.known;
    this.known = answer === undefined || answer.includes(this.#region);
    if (this.known) {
      if (before === false) log.info(`The directories know the region ${this.#region} by now.`);
      return;
    }
    if (before !== false) {
      log.error(
        { region: this.#region, known: answer },
        `The directories do not know the region ${this.#region}, only ${answer?.join(', ')}: nobody will be sent to this edge. Check PARTYLINE_EDGE_REGION here, and PARTYLINE_DIRECTORY_REGION and PARTYLINE_REDIS_REGIONS there.`,
      );
    }
    this.#timer = setTimeout(() => void this.#check(), UNKNOWN_MS);
  }
}
