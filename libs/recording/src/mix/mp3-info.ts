/** What a decoder makes of an MP3 before the sound begins, in samples (LAME: 576 of the encoder; 529 of a decoder). */
export const ENCODER_DELAY_SAMPLES = 576;
export const FRAME_SAMPLES = 1_152;

/** What the frame of an {@link mp3Info} says of the whole file. */
export interface Mp3Length {
  frames: number;
  bytes: number;
  /** Samples after the last one that was meant. */
  paddingSamples: number;
}

const SIDE_INFORMATION_BYTES = 17;
const HAS_FRAMES_BYTES_TOC_QUALITY = 0x0f;

/** CRC-16 with the polynomial 0x8005, reflected, as the tag's last field has it. */
const crc16 = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
};

/**
 * The silent first frame of an MP3 file of constant bit rate ("Info", as LAME and others write it): without it a player
 * neither knows how long the file is nor leaves out what the encoder put before and after the sound.
 * @param head the four bytes that every frame of the file begins with (MPEG 1, layer III, mono)
 * @param frameBytes of a frame
 * @param length undefined while recording: the delay alone is known then
 */
export const mp3Info = (head: Uint8Array, frameBytes: number, length: Mp3Length | undefined): Buffer => {
  const frame = Buffer.alloc(frameBytes);
  frame.set(head.subarray(0, 4));
  let at = 4 + SIDE_INFORMATION_BYTES;
  at += frame.write('Info', at, 'latin1');
  at = frame.writeUInt32BE(length === undefined ? 0 : HAS_FRAMES_BYTES_TOC_QUALITY, at);
  if (length !== undefined) {
    at = frame.writeUInt32BE(length.frames, at);
    at = frame.writeUInt32BE(length.bytes, at);
    // Constant bit rate: the place of each hundredth is proportional.
    for (let i = 0; i < 100; i += 1) at = frame.writeUInt8(Math.floor((i * 256) / 100), at);
    at = frame.writeUInt32BE(0, at);
  }
  frame.write('LAME3.100', at, 'latin1');
  const delays = (ENCODER_DELAY_SAMPLES << 12) | (length?.paddingSamples ?? 0);
  frame.writeUIntBE(delays, at + 21, 3);
  frame.writeUInt32BE(length?.bytes ?? 0, at + 28);
  frame.writeUInt16BE(crc16(frame.subarray(0, at + 34)), at + 34);
  return frame;
};
