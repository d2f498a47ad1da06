import { CallableChild } from '../processes/child-calls.ts';
import type { RealTimeFactors } from './real-time-factor.ts';
import type { Subject } from './subject.ts';

/**
 * A process of Node that measures codecs and does nothing else: beside what drives a browser, garbage of theirs would be
 * collected with far more memory to look through.
 */
export class NodeBench {
  readonly #child = new CallableChild({ file: new URL('node/main.ts', import.meta.url), label: 'codec' });

  measure(subject: Subject, minMs: number): Promise<RealTimeFactors> {
    return this.#child.call('measure', { subject, minMs });
  }

  close(): Promise<void> {
    return this.#child.end();
  }
}
