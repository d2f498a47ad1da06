import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { answerCalls } from '../../processes/child-calls.ts';
import { CodecBench } from '../real-time-factor.ts';
import type { Subject } from '../subject.ts';

registerCodec(g729);

/** Time of the processor, user and system. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const bench = new CodecBench(processorMs);

answerCalls({
  measure: ({ subject, minMs }: { subject: Subject; minMs: number }) => bench.measure(subject, minMs),
});
