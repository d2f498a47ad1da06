/** Of the first byte: how many frames follow (RFC 6716, 3.1); the rest of it says what kind of frames they are. */
const COUNT_CODE = 0x03;
const ONE_FRAME = 0;
const ANY_NUMBER = 3;
/** In the byte after it: the frames differ in length (3.2.5). */
const DIFFER = 0x80;
/** A length of this or more takes two bytes (3.2.1). */
const TWO_BYTES_FROM = 252;

/**
 * Puts Opus packets of one frame each into one packet, without coding anything anew (RFC 6716, 3.2.5): no coder
 * begins again when frames become longer.
 * @returns undefined if they cannot be one packet: they are of different kinds, or hold several frames already
 */
export const joinOpusPackets = (packets: readonly Uint8Array[]): Uint8Array | undefined => {
  const kind = packets[0]?.[0];
  if (kind === undefined || (kind & COUNT_CODE) !== ONE_FRAME) return undefined;
  if (packets.some((packet) => packet[0] !== kind)) return undefined;
  if (packets.length === 1) return packets[0];
  const head = [kind | ANY_NUMBER, DIFFER | packets.length];
  for (const packet of packets.slice(0, -1)) {
    const length = packet.length - 1;
    if (length < TWO_BYTES_FROM) head.push(length);
    else {
      const first = TWO_BYTES_FROM + (length & 3);
      head.push(first, (length - first) >> 2);
    }
  }
  const joined = new Uint8Array(packets.reduce((sum, packet) => sum + packet.length - 1, head.length));
  joined.set(head);
  let at = head.length;
  for (const packet of packets) {
    joined.set(packet.subarray(1), at);
    at += packet.length - 1;
  }
  return joined;
};
