import { randomUUID } from 'node:crypto';
import type { Bus, BusSubscription } from './bus.ts';
import { type ChannelAddress, type EdgeAddress, orderChannel, regionOf, replyChannel } from './channels.ts';
import {
  type ControlOrder,
  encodeReply,
  encodeRequest,
  type OrderOutcome,
  type OrderReply,
  parseReply,
  parseRequest,
} from './control-order.ts';

/** `timeout`: sent, not acknowledged. `unreachable`: nobody listens there. `failed`: the edge refused or broke. */
export type OrderResult = 'done' | 'not_here' | 'failed' | 'timeout' | 'unreachable';

/** What became of an order that asked for something, and what the edge said; `answer` is for the caller to check. */
export interface AnsweredOrder {
  result: OrderResult;
  answer?: unknown;
}

/**
 * Carries one order out, and answers if it asks for something; a rejection answers `failed`.
 * @param traceparent trace context of whoever gave it, as it came
 */
export type OrderHandler = (
  order: ControlOrder,
  traceparent?: string,
) => Promise<OrderOutcome | { outcome: OrderOutcome; answer: unknown }>;

/** One start of one edge. */
export type OrderAddress = Omit<EdgeAddress, 'prefix'>;

export interface ControlPlaneOptions {
  /** Stands before every channel, as a Redis may be shared; `partyline` unless given. */
  prefix?: string;
  /** The own region: where this one listens, for orders and for answers; `local` unless given. */
  region?: string;
  /** Orders waiting for their answer; one more answers `failed` at once. */
  maxPending?: number;
  /** Orders one listener carries out at a time; one more is answered `failed`. */
  maxRunning?: number;
}

/** Plain counters, read at scrape time. */
export interface ControlPlaneStats {
  sent: number;
  answered: number;
  timeouts: number;
  /** Messages on a control channel that were none of ours, came twice or too late, or hold an order that is not known. */
  invalid: number;
  /** Orders refused because a bound was hit. */
  refused: number;
  handlerErrors: number;
}

/**
 * Requests and replies between directories and edges over any {@link Bus}. An order names an edge and its
 * boot: a restarted edge holds none of the sessions that an order to the former one was about.
 */
export class ControlPlane {
  readonly stats: ControlPlaneStats = {
    sent: 0,
    answered: 0,
    timeouts: 0,
    invalid: 0,
    refused: 0,
    handlerErrors: 0,
  };
  readonly #bus: Bus;
  readonly #address: ChannelAddress;
  readonly #maxPending: number;
  readonly #maxRunning: number;
  readonly #replyChannel: string;
  readonly #pending = new Map<string, (answered: AnsweredOrder) => void>();
  readonly #listeners = new Set<BusSubscription>();
  #replies: Promise<BusSubscription> | undefined;
  #stopped = false;

  constructor(options: ControlPlaneOptions, { bus }: { bus: Bus }) {
    this.#bus = bus;
    this.#address = { prefix: options.prefix ?? 'partyline', region: options.region ?? 'local' };
    this.#maxPending = options.maxPending ?? 1_024;
    this.#maxRunning = options.maxRunning ?? 256;
    this.#replyChannel = replyChannel(this.#address, randomUUID());
  }

  /**
   * Takes the orders for one edge of the own region, until closed. The bus must have been started.
   * @throws BusError when the bus cannot be subscribed to
   */
  async listen(edge: string, boot: string, handler: OrderHandler): Promise<BusSubscription> {
    let running = 0;
    let open = true;
    const subscription = await this.#bus.subscribe(
      orderChannel({ ...this.#address, edge, boot }),
      (bytes) => {
        const request = parseRequest(bytes);
        // Only reply channels may be answered to: nobody makes an edge publish elsewhere.
        if (request === undefined || !this.#isReplyChannel(request.replyTo)) {
          this.stats.invalid += 1;
          return;
        }
        const reply = (carriedOut: Omit<OrderReply, 'id'>): void => {
          if (open) this.#send(request.replyTo, encodeReply({ id: request.id, ...carriedOut }));
        };
        if (request.order === undefined) {
          this.stats.invalid += 1;
          reply({ outcome: 'failed' });
          return;
        }
        if (running >= this.#maxRunning) {
          this.stats.refused += 1;
          reply({ outcome: 'failed' });
          return;
        }
        running += 1;
        this.#run(handler, request.order, request.traceparent)
          .then(reply)
          .finally(() => {
            running -= 1;
          });
      },
    );
    const listener = {
      close: () => {
        open = false;
        subscription.close();
        this.#listeners.delete(listener);
      },
    };
    this.#listeners.add(listener);
    return listener;
  }

  /**
   * Gives an order to an edge of any region and waits for its outcome; never rejects.
   * @param timeoutMs how long to wait for the edge's answer
   * @param traceparent trace context that goes with it
   */
  async order(
    to: OrderAddress,
    order: ControlOrder,
    timeoutMs: number,
    traceparent?: string,
  ): Promise<OrderResult> {
    return (await this.ask(to, order, timeoutMs, traceparent)).result;
  }

  /**
   * Gives an order that asks for something, and waits for the answer; never rejects.
   * @param timeoutMs how long to wait for the edge's answer
   * @param traceparent trace context that goes with it
   */
  async ask(
    to: OrderAddress,
    order: ControlOrder,
    timeoutMs: number,
    traceparent?: string,
  ): Promise<AnsweredOrder> {
    if (this.#stopped || this.#pending.size >= this.#maxPending) {
      this.stats.refused += 1;
      return { result: 'failed' };
    }
    const id = randomUUID();
    const answer = this.#answer(id, timeoutMs);
    // Not awaited: a bus that hangs must not keep the caller past its time-out.
    void this.#give(id, orderChannel({ ...to, prefix: this.#address.prefix }), order, traceparent);
    return answer;
  }

  /**
   * Asks everybody who listens there under one name, and waits for all of them; never rejects.
   * @param timeoutMs how long to wait for those that do not answer
   * @returns the answers of those that carried it out
   */
  async askAll(to: OrderAddress, order: ControlOrder, timeoutMs: number): Promise<unknown[]> {
    if (this.#stopped || this.#pending.size >= this.#maxPending) {
      this.stats.refused += 1;
      return [];
    }
    const id = randomUUID();
    const answers: unknown[] = [];
    let replies = 0;
    let expected = Number.POSITIVE_INFINITY;
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve(answers);
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#pending.set(id, ({ result, answer }) => {
        replies += 1;
        if (result === 'done') answers.push(answer);
        if (replies >= expected || result === 'unreachable') finish();
      });
      void this.#give(id, orderChannel({ ...to, prefix: this.#address.prefix }), order, undefined).then(
        (reached) => {
          expected = reached;
          if (replies >= expected) finish();
        },
      );
    });
  }

  /** Closes every listener and answers whoever waits `unreachable`. Idempotent; the bus is not stopped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const listener of [...this.#listeners]) listener.close();
    for (const id of [...this.#pending.keys()]) this.#settle(id, { result: 'unreachable' });
    const replies = await this.#replies?.catch(() => undefined);
    replies?.close();
  }

  async #give(
    id: string,
    channel: string,
    order: ControlOrder,
    traceparent: string | undefined,
  ): Promise<number> {
    try {
      await this.#listenForReplies();
      const request = encodeRequest({
        id,
        replyTo: this.#replyChannel,
        order,
        ...(traceparent !== undefined && { traceparent }),
      });
      this.stats.sent += 1;
      const reached = await this.#bus.publish(channel, request);
      if (reached === 0) this.#settle(id, { result: 'unreachable' });
      return reached;
    } catch {
      // The caller learns the same from a bus that is away as from an edge that is: nothing was carried out.
      this.#settle(id, { result: 'unreachable' });
      return 0;
    }
  }

  #isReplyChannel(channel: string): boolean {
    const region = regionOf(channel);
    return region !== undefined && channel.startsWith(replyChannel({ ...this.#address, region }, ''));
  }

  #answer(id: string, timeoutMs: number): Promise<AnsweredOrder> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.stats.timeouts += 1;
        this.#settle(id, { result: 'timeout' });
      }, timeoutMs);
      this.#pending.set(id, (answered) => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve(answered);
      });
    });
  }

  #settle(id: string, answered: AnsweredOrder): boolean {
    const settle = this.#pending.get(id);
    settle?.(answered);
    return settle !== undefined;
  }

  /** Subscribed with the first order: an edge that only listens needs no reply channel. */
  #listenForReplies(): Promise<BusSubscription> {
    this.#replies ??= this.#bus
      .subscribe(this.#replyChannel, (bytes) => {
        const reply = parseReply(bytes);
        const { id = '', outcome: result = 'failed', answer } = reply ?? {};
        if (reply !== undefined && this.#settle(id, { result, answer })) this.stats.answered += 1;
        else this.stats.invalid += 1;
      })
      .catch((error: unknown) => {
        this.#replies = undefined;
        throw error;
      });
    return this.#replies;
  }

  async #run(
    handler: OrderHandler,
    order: ControlOrder,
    traceparent: string | undefined,
  ): Promise<Omit<OrderReply, 'id'>> {
    try {
      const carriedOut = await handler(order, traceparent);
      return typeof carriedOut === 'string' ? { outcome: carriedOut } : carriedOut;
    } catch {
      this.stats.handlerErrors += 1;
      return { outcome: 'failed' };
    }
  }

  #send(channel: string, bytes: Uint8Array): void {
    // A reply that cannot be sent is a timeout for whoever asked; there is nobody else to tell.
    this.#bus.publish(channel, bytes).catch(() => undefined);
  }
}
