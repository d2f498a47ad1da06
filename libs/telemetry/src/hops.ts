/** The ways a frame takes, in order; `mouth_to_ear` is the client's estimate of all of them together. */
export const HOPS = ['capture', 'uplink', 'edge', 'bus', 'downlink', 'playout', 'mouth_to_ear'] as const;

export type Hop = (typeof HOPS)[number];
