import { ip } from './ip.ts';
import type { Wan, WanTraffic } from './wan.ts';
import { Wire } from './wire.ts';

/** One network of its own, which this process reaches without delay. */
export interface Region {
  name: string;
  /** How this process reaches it. */
  address: string;
  /** How the other region reaches it, over the wire. */
  wanAddress: string;
  /** What stands before a command so that it runs there. */
  enter: readonly string[];
}

/** Two regions in network namespaces with a wire between them. Needs what `namespacesWork` looks for. */
export class Namespaces implements Wan {
  readonly regions: readonly [Region, Region];
  readonly #wire: Wire;
  readonly #links: readonly string[];

  private constructor(regions: [Region, Region], links: readonly string[], wire: Wire) {
    this.regions = regions;
    this.#links = links;
    this.#wire = wire;
  }

  static async start(names: readonly [string, string]): Promise<Namespaces> {
    const number = process.pid % 200;
    const links: string[] = [];
    const regions: Region[] = [];
    for (const [index, name] of names.entries()) {
      const namespace = `pl${process.pid}${name}`;
      const link = `pl${process.pid % 100_000}${index}`;
      const net = `10.${80 + index}.${number}`;
      await ip('netns', 'add', namespace);
      await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', namespace);
      await ip('addr', 'add', `${net}.1/24`, 'dev', link);
      await ip('link', 'set', link, 'up');
      const enter = ['ip', 'netns', 'exec', namespace];
      await ip('-n', namespace, 'addr', 'add', `${net}.2/24`, 'dev', 'lan0');
      await ip('-n', namespace, 'link', 'set', 'lan0', 'up');
      await ip('-n', namespace, 'link', 'set', 'lo', 'up');
      links.push(link);
      regions.push({ name, address: `${net}.2`, wanAddress: `10.79.${number}.${index + 1}`, enter });
    }
    const [a, b] = regions as [Region, Region];
    const end = ({ enter, wanAddress }: Region) => ({ namespace: enter[3]!, address: wanAddress });
    return new Namespaces([a, b], links, await Wire.start(end(a), end(b)));
  }

  delay(delayMs: number, jitterMs = 0): Promise<void> {
    return this.#wire.delay(delayMs, jitterMs);
  }

  loss(share: number): Promise<void> {
    return this.#wire.loss(share);
  }

  cut(): Promise<void> {
    return this.#wire.cut();
  }

  heal(): Promise<void> {
    return this.#wire.heal();
  }

  traffic(): Promise<WanTraffic> {
    return this.#wire.traffic();
  }

  /** Whatever runs in the namespaces must have ended before. */
  async stop(): Promise<void> {
    await this.#wire.stop();
    for (const link of this.#links) await ip('link', 'delete', link).catch(() => undefined);
    for (const { enter } of this.regions) await ip('netns', 'delete', enter[3]!).catch(() => undefined);
  }
}
