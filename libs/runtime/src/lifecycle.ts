/** Something with a beginning and an end, such as a server. Both methods are idempotent. */
export interface Component {
  readonly name: string;
  start(): Promise<void> | void;
  /** @param deadlineMs how long stopping may take, in ms from now */
  stop(deadlineMs: number): Promise<void> | void;
}

export type LifecycleState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped';

/** A component's failure to start or to stop in time. */
export class LifecycleError extends Error {
  override readonly name = 'LifecycleError';
  readonly component: string;
  readonly phase: 'start' | 'stop';

  constructor(component: string, phase: 'start' | 'stop', reason: unknown) {
    const text = reason instanceof Error ? reason.message : String(reason);
    super(`${component} failed to ${phase}: ${text}`, { cause: reason });
    this.component = component;
    this.phase = phase;
  }
}

/** Even when earlier components used up the time, a later one gets this long to close its sockets. */
const LEAST_STOP_MS = 100;

/** Starts components in order and stops them in reverse. It is a component itself, so lifecycles nest. */
export class Lifecycle implements Component {
  readonly name: string;
  readonly #components: readonly Component[];
  readonly #started: Component[] = [];
  readonly #stopErrors: LifecycleError[] = [];
  #state: LifecycleState = 'new';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #startAbandoned = false;

  constructor(name: string, components: readonly Component[]) {
    this.name = name;
    this.#components = components;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** What went wrong while stopping; complete once `stop` has resolved. */
  get stopErrors(): readonly LifecycleError[] {
    return this.#stopErrors;
  }

  /**
   * Starts every component. When one fails, those already started are stopped again.
   * @throws LifecycleError naming the component that failed, or this one when it was already stopped
   */
  start(): Promise<void> {
    if (this.#stopping) {
      return Promise.reject(new LifecycleError(this.name, 'start', 'it was already stopped'));
    }
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  /**
   * Stops what was started, in reverse. Called while starting, it waits for the component that is just
   * starting and starts no other. Never rejects: failures and overruns are in `stopErrors`, and a component
   * that fails does not keep the others from stopping.
   * @param deadlineMs how long all of it may take, in ms
   */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stopAll(deadlineMs);
    return this.#stopping;
  }

  async #startAll(): Promise<void> {
    this.#state = 'starting';
    for (const component of this.#components) {
      if (this.#stopping) return;
      try {
        await component.start();
        this.#started.push(component);
        if (this.#startAbandoned) await this.#stopStarted(LEAST_STOP_MS);
      } catch (error) {
        if (!this.#stopping) await this.#stopStarted(LEAST_STOP_MS * 10);
        this.#state = 'stopped';
        throw error instanceof LifecycleError ? error : new LifecycleError(component.name, 'start', error);
      }
    }
    if (!this.#stopping) this.#state = 'running';
  }

  async #stopAll(deadlineMs: number): Promise<void> {
    const endsAtMs = performance.now() + deadlineMs;
    this.#state = 'stopping';
    // Whoever called start hears of its failure; here it only matters that nothing is starting any more, and
    // that a start which hangs does not hang the stop as well.
    await within(this.#starting, deadlineMs).catch(() => undefined);
    this.#startAbandoned = true;
    await this.#stopStarted(endsAtMs - performance.now());
    this.#state = 'stopped';
  }

  async #stopStarted(budgetMs: number): Promise<void> {
    const endsAtMs = performance.now() + budgetMs;
    for (let component = this.#started.pop(); component; component = this.#started.pop()) {
      const remainingMs = Math.max(0, endsAtMs - performance.now());
      try {
        await within(component.stop(remainingMs), Math.max(remainingMs, LEAST_STOP_MS));
      } catch (error) {
        this.#stopErrors.push(new LifecycleError(component.name, 'stop', error));
      }
      if (component instanceof Lifecycle) this.#stopErrors.push(...component.stopErrors);
    }
  }
}

async function within(work: Promise<void> | void, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overrun = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${Math.round(limitMs)} ms`)), limitMs);
  });
  try {
    await Promise.race([work, overrun]);
  } finally {
    clearTimeout(timer);
  }
}
