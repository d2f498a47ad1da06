const PREFIX = new TextEncoder().encode('{"type":"ack","topic":');
const MIDDLE = new TextEncoder().encode(',"sequence":');
const DIGIT_0 = 0x30;
const BRACE = 0x7d;

/** What {@link readAck} has read; one object for all, as acknowledgements come five times a second from everybody. */
export const ack = { topic: 0, sequence: 0 };

/**
 * Reads an acknowledgement in the form in which nearly all come, without making a string or parsing JSON.
 * @returns false if it is anything else, or the same in another form
 */
export const readAck = (bytes: Uint8Array): boolean => {
  const { length } = bytes;
  if (length < PREFIX.length + MIDDLE.length + 3 || length > 64) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[i] !== PREFIX[i]) return false;
  let at = PREFIX.length;
  let topic = 0;
  for (; isDigit(bytes[at]!); at++) topic = topic * 10 + bytes[at]! - DIGIT_0;
  if (at === PREFIX.length) return false;
  for (let i = 0; i < MIDDLE.length; i++) if (bytes[at + i] !== MIDDLE[i]) return false;
  at += MIDDLE.length;
  const start = at;
  let sequence = 0;
  for (; at < length && isDigit(bytes[at]!); at++) sequence = sequence * 10 + bytes[at]! - DIGIT_0;
  if (at === start || at !== length - 1 || bytes[at] !== BRACE) return false;
  if (topic > 0xffff || sequence > 0xffff_ffff) return false;
  ack.topic = topic;
  ack.sequence = sequence;
  return true;
};

const isDigit = (byte: number): boolean => byte >= DIGIT_0 && byte < DIGIT_0 + 10;
