import type { EdgeMessage } from '@partyline/protocol';
import { Acknowledgements } from './acknowledgements.ts';
import type { Time } from './clock.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import type { EdgeLink } from './edge-link.ts';
import type { Timer } from './timers.ts';

/** Everything that belongs to one connection and not to the participant: acknowledgements, pings, its edge's clock. */
export class Path {
  readonly link: EdgeLink;
  readonly acks: Acknowledgements;
  readonly estimate: ClockEstimate;
  readonly #time: Time;
  #ping: Timer | undefined;
  #pingAtMs = 0;

  /** @param missed told how many messages of its topic never came */
  constructor(link: EdgeLink, estimate: ClockEstimate, time: Time, missed: (messages: number) => void) {
    const { welcome } = link;
    this.link = link;
    this.estimate = estimate;
    this.#time = time;
    this.acks = new Acknowledgements(time, welcome.ackMs, (message) => link.send(message), missed);
    estimate.guess(link.helloAtMs, link.welcomeAtMs, welcome.time);
    this.#pingAndWait();
  }

  /** Takes what concerns this connection alone. */
  take(message: EdgeMessage): void {
    if (message.type === 'subscribed') this.acks.subscribed(message);
    else if (message.type === 'paused') this.acks.paused(message);
    else if (message.type === 'pong') this.estimate.sample(message.t0, message.t1, message.t2);
    // It comes every second, also where timers do not.
    else if (message.type === 'heartbeat') this.#tick();
  }

  close(): void {
    this.#ping?.cancel();
    this.acks.close();
  }

  #pingAndWait(): void {
    const { id, t0, nextInMs } = this.estimate.nextPing();
    this.link.send({ type: 'ping', id, t0 });
    this.#pingAtMs = this.#time.now() + nextInMs;
    this.#ping?.cancel();
    this.#ping = this.#time.after(nextInMs, () => this.#pingAndWait());
  }

  #tick(): void {
    this.acks.tick();
    if (this.#time.now() >= this.#pingAtMs) this.#pingAndWait();
  }
}
