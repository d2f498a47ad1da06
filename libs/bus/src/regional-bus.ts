import { type Bus, BusError, type BusHandler, type BusStats, type BusSubscription } from './bus.ts';
import { regionOf } from './channels.ts';

export interface RegionalBusOptions {
  region: string;
  /** The bus of the own region, which is started and stopped with this one. */
  own: Bus;
  /** Makes the bus of another region, or nothing for a region that is not known. */
  connect: (region: string) => Bus | undefined;
}

/** Publications of one region that may wait for its bus to be connected the first time. */
const MOST_WAITING = 256;
const MOST_WAITING_BYTES = 1_048_576;
/** How long the bus of another region that cannot work as set up is left alone, in ms. */
const REFUSED_MS = 5_000;

interface Other {
  bus: Bus;
  state: 'starting' | 'running';
  started: Promise<void>;
  waiting: number;
  waitingBytes: number;
}

/**
 * The buses of all regions as one. A channel's name tells its region: there it is published, on a connection that
 * is made when first needed. Subscriptions are the own region's only, so what crosses the sea crosses it once.
 */
export class RegionalBus implements Bus {
  readonly #options: RegionalBusOptions;
  readonly #others = new Map<string, Other>();
  /** Why a region's bus did not start, and since when. */
  readonly #refused = new Map<string, { problem: string; atMs: number }>();
  /** Of publications that reached no bus. */
  #dropped = 0;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: RegionalBusOptions) {
    this.#options = options;
  }

  /** The sum over all regions; `up` is the own region's. */
  get stats(): Readonly<BusStats> {
    const sum: BusStats = { ...this.#options.own.stats };
    sum.dropped += this.#dropped;
    for (const { bus } of this.#others.values()) {
      const { up: _, ...counts } = bus.stats;
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) sum[key] += counts[key];
    }
    return sum;
  }

  get problem(): string | undefined {
    return this.#options.own.problem;
  }

  async start(): Promise<void> {
    if (this.#state === 'new') this.#state = 'running';
    await this.#options.own.start();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await Promise.all([this.#options.own.stop(), ...[...this.#others.values()].map(({ bus }) => bus.stop())]);
  }

  /** The bus of a region, if it is connected to or being connected to. */
  bus(region: string): Bus | undefined {
    return region === this.#options.region ? this.#options.own : this.#others.get(region)?.bus;
  }

  /**
   * Connects to a region before something is to be published there.
   * @throws BusError when the region is not known or its bus cannot work as set up
   */
  async prepare(region: string): Promise<void> {
    if (region !== this.#options.region) await this.#other(region).started;
  }

  async subscribe(channel: string, handler: BusHandler): Promise<BusSubscription> {
    const region = regionOf(channel);
    if (region !== undefined && region !== this.#options.region) {
      throw new BusError(
        'bad_channel',
        `A channel of region ${region} can only be subscribed to in that region.`,
      );
    }
    return this.#options.own.subscribe(channel, handler);
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    const region = regionOf(channel);
    // A name without a region is refused or taken by the own bus, as it sees fit.
    if (region === undefined || region === this.#options.region)
      return this.#options.own.publish(channel, bytes);
    const other = this.#others.get(region);
    if (other?.state === 'running') return other.bus.publish(channel, bytes);
    return this.#publishLater(region, channel, bytes);
  }

  async #publishLater(region: string, channel: string, bytes: Uint8Array): Promise<number> {
    let other: Other;
    try {
      other = this.#other(region);
      const { waiting, waitingBytes } = other;
      if (waiting >= MOST_WAITING || waitingBytes + bytes.length > MOST_WAITING_BYTES) {
        throw new BusError('unavailable', `The bus of region ${region} is still being connected to.`);
      }
    } catch (error) {
      this.#dropped += 1;
      throw error;
    }
    // The caller may use its bytes again.
    const copy = bytes.slice();
    other.waiting += 1;
    other.waitingBytes += copy.length;
    try {
      await other.started;
    } catch (error) {
      this.#dropped += 1;
      throw error;
    } finally {
      other.waiting -= 1;
      other.waitingBytes -= copy.length;
    }
    return other.bus.publish(channel, copy);
  }

  #other(region: string): Other {
    const known = this.#others.get(region);
    if (known !== undefined) return known;
    if (this.#state === 'stopped') throw new BusError('stopped', 'The bus was stopped.');
    if (this.#state === 'new') throw new BusError('not_started', 'Start the bus before using it.');
    const refused = this.#refused.get(region);
    if (refused !== undefined && performance.now() - refused.atMs < REFUSED_MS) {
      throw new BusError('unavailable', refused.problem);
    }
    const bus = this.#options.connect(region);
    if (bus === undefined) {
      throw new BusError(
        'unavailable',
        `No bus of region ${region} is known; add it to PARTYLINE_REDIS_REGIONS.`,
      );
    }
    const other: Other = { bus, state: 'starting', waiting: 0, waitingBytes: 0, started: Promise.resolve() };
    this.#others.set(region, other);
    other.started = this.#start(region, other);
    // Whoever publishes is told; nobody else has asked.
    other.started.catch(() => {});
    return other;
  }

  async #start(region: string, other: Other): Promise<void> {
    const { bus } = other;
    try {
      await bus.start();
      other.state = 'running';
      this.#refused.delete(region);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#refused.set(region, { problem, atMs: performance.now() });
      this.#others.delete(region);
      void bus.stop();
      throw new BusError('unavailable', problem);
    }
  }
}
