import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Wan, WanTraffic } from './wan.ts';

const run = promisify(execFile);
const ip = async (...args: string[]): Promise<void> => {
  await run('ip', args);
};

/** Whether network namespaces can be made here: root, with the kernel's TUN device. */
export const namespacesWork = async (): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) return false;
  const name = `plprobe${process.pid}`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'delete', name);
    return true;
  } catch {
    return false;
  }
};

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

type Traffic = Record<'aToB' | 'bToA', { packets: number; bytes: number; lost: number }>;

/** Two regions in network namespaces with a wire between them. Needs root; see {@link namespacesWork}. */
export class Namespaces implements Wan {
  readonly regions: readonly [Region, Region];
  readonly #wire: ReturnType<typeof spawn>;
  readonly #answers: Interface;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #links: readonly string[];

  private constructor(
    regions: [Region, Region],
    links: readonly string[],
    wire: ReturnType<typeof spawn>,
    answers: Interface,
  ) {
    this.regions = regions;
    this.#links = links;
    this.#wire = wire;
    this.#answers = answers;
    answers.on('line', (line) => this.#waiting.shift()?.(line));
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
    const script = fileURLToPath(new URL('wire.py', import.meta.url));
    const wire = spawn('python3', [script, a.enter[3]!, a.wanAddress, b.enter[3]!, b.wanAddress], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: wire.stdout! });
    await new Promise<void>((resolve, reject) => {
      answers.once('line', () => resolve());
      wire.once('exit', (code) => reject(new Error(`the wire ended with ${code}`)));
    });
    return new Namespaces([a, b], links, wire, answers);
  }

  async delay(delayMs: number, jitterMs = 0): Promise<void> {
    await this.#order(`delay ${delayMs} ${jitterMs}`);
  }

  /** Share of packets lost from now on, 0 … 1. */
  async loss(share: number): Promise<void> {
    await this.#order(`loss ${share}`);
  }

  async cut(): Promise<void> {
    await this.#order('cut');
  }

  async heal(): Promise<void> {
    await this.#order('heal');
  }

  async traffic(): Promise<WanTraffic> {
    const { aToB, bToA } = (await this.#order('stats')) as Traffic;
    return {
      bytes: aToB.bytes + bToA.bytes,
      packets: aToB.packets + bToA.packets,
      lost: aToB.lost + bToA.lost,
    };
  }

  /** Whatever runs in the namespaces must have ended before. */
  async stop(): Promise<void> {
    this.#wire.stdin!.end();
    this.#answers.close();
    this.#wire.kill();
    for (const link of this.#links) await ip('link', 'delete', link).catch(() => undefined);
    for (const { enter } of this.regions) await ip('netns', 'delete', enter[3]!).catch(() => undefined);
  }

  #order(order: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push((line) => resolve(JSON.parse(line)));
      this.#wire.stdin!.write(`${order}\n`);
    });
  }
}
