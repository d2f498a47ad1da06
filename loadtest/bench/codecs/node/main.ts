import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { answerCalls } from '../../processes/child-calls.ts';
import { ownCpuUs } from '../../processes/own-cpu.ts';
import { CodecBench } from '../real-time-factor.ts';
import type { Subject } from '../subject.ts';

registerCodec(g729);

const bench = new CodecBench(() => ownCpuUs() / 1_000);

answerCalls({
  measure: ({ subject, minMs }: { subject: Subject; minMs: number }) => bench.measure(subject, minMs),
});
