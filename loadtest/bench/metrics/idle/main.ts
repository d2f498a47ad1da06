import { createMetrics } from '@partyline/telemetry';
import { answerCalls } from '../../processes/child-calls.ts';
import { ownCpuUs } from '../../processes/own-cpu.ts';

/** Does nothing, with or without the metrics that Node's processes have: they watch the event loop all the time. */
answerCalls({
  start: (processMetrics: boolean) => {
    createMetrics({ processMetrics });
  },
  cpuUs: ownCpuUs,
});
