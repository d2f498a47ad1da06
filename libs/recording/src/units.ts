/** All sound of a recording, in Hz: what Opus decodes to, and what Ogg counts Opus in (RFC 7845, 4). */
export const SAMPLE_RATE = 48_000;
export const SAMPLES_PER_MS = SAMPLE_RATE / 1_000;
/** The shortest Opus frame, 2.5 ms (RFC 6716, 2.1.4): silence can be made as long as any number of these. */
export const GRID_SAMPLES = 120;
/** The longest Opus packet, 120 ms (RFC 6716, 3.2.5, R5). */
export const MAX_PACKET_SAMPLES = 5_760;
/** What comes out of a decoder first is older than the packet says: 6.5 ms (RFC 7845, 4.2). */
export const PRE_SKIP_SAMPLES = 312;
