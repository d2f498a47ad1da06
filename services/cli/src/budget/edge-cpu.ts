/** What an edge has to do in a second. */
export interface EdgeWork {
  readonly messagesIn: number;
  /** Messages times those who receive them. */
  readonly messagesOut: number;
  readonly framesOut: number;
}

/**
 * Time of an edge's processor, µs, fitted to committed benchmarks (`loadtest/bench/results`, a test compares them): a message that
 * comes in and one that goes out by the two shapes of `metrics-cost`, and by `fan-out-loaded` what a further frame in a message
 * costs. Acknowledgements, control messages and sockets are in it; TLS is not, and frames have 80 bytes of payload.
 */
const EDGE_COSTS = { messageInUs: 17.2, messageOutUs: 4.5, furtherFrameUs: 1.3 };

/** Where the figures are from. */
export const EDGE_COSTS_SOURCE =
  'loadtest/bench/results (metrics-cost, fan-out-loaded): one core of a 2-core AMD EPYC, Node 20, without TLS';

/** Share of a core. */
export const edgeCpuShare = ({ messagesIn, messagesOut, framesOut }: EdgeWork): number => {
  const { messageInUs, messageOutUs, furtherFrameUs } = EDGE_COSTS;
  const us =
    messagesIn * messageInUs + messagesOut * messageOutUs + (framesOut - messagesOut) * furtherFrameUs;
  return us / 1_000_000;
};
