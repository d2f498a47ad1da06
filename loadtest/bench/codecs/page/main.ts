import { codecModulesAt, registerCodec, setCodecModules } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { CodecBench, type RealTimeFactors } from '../real-time-factor.ts';
import type { Subject } from '../subject.ts';

declare global {
  /** Called from outside, one codec at a time. */
  var measureCodec: (subject: Subject, minMs: number) => Promise<RealTimeFactors>;
}

setCodecModules(codecModulesAt(new URL('/codecs/', location.href)));
registerCodec(g729);
// A page cannot know what the processor did for it; the machine has to be quiet.
const bench = new CodecBench(() => performance.now());
globalThis.measureCodec = (subject, minMs) => bench.measure(subject, minMs);
