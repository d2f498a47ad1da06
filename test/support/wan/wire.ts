import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Wan, WanTraffic } from './wan.ts';

/** A network namespace by its name, and the address that it has at its end of a wire. */
export interface WireEnd {
  namespace: string;
  address: string;
}

type Traffic = Record<'aToB' | 'bToA', { packets: number; bytes: number; lost: number }>;

/** A packet wire between two network namespaces. Needs root and the kernel's TUN device. */
export class Wire implements Wan {
  readonly #process: ReturnType<typeof spawn>;
  readonly #answers: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  private constructor(process: ReturnType<typeof spawn>, answers: Interface) {
    this.#process = process;
    this.#answers = answers;
    answers.on('line', (line) => this.#waiting.shift()?.(line));
  }

  /** @param device what both ends are called in their namespaces */
  static async start(a: WireEnd, b: WireEnd, device = 'wan0'): Promise<Wire> {
    const script = fileURLToPath(new URL('wire.py', import.meta.url));
    const ends = [a.namespace, a.address, b.namespace, b.address, device];
    const process = spawn('python3', [script, ...ends], { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface({ input: process.stdout! });
    await new Promise<void>((resolve, reject) => {
      answers.once('line', () => resolve());
      process.once('exit', (code) => reject(new Error(`the wire ended with ${code}`)));
    });
    return new Wire(process, answers);
  }

  async delay(delayMs: number, jitterMs = 0): Promise<void> {
    await this.#order(`delay ${delayMs} ${jitterMs}`);
  }

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

  async stop(): Promise<void> {
    this.#process.stdin!.end();
    this.#answers.close();
    this.#process.kill();
  }

  #order(order: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push((line) => resolve(JSON.parse(line)));
      this.#process.stdin!.write(`${order}\n`);
    });
  }
}
