/** Slots of every Redis Cluster. */
export const SLOTS = 16_384;

const table = Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1;
  return value & 0xffff;
});
const encoder = new TextEncoder();

/** The slot of a key or sharded channel: what stands within its first braces counts, if anything does. */
export function keySlot(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  const tag = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (let index = 0; index < tag.length; index++) {
    const code = tag.charCodeAt(index);
    if (code > 127) return slotOfBytes(encoder.encode(tag));
    crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ code]!;
  }
  return crc % SLOTS;
}

function slotOfBytes(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ byte]!;
  return crc % SLOTS;
}
