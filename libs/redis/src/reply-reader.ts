/** What a server answered: a number, or (instead) why it refused. A status, such as `+OK`, counts as 0. */
export type ReplyHandler = (value: number, refusal: string | undefined) => void;

const COLON = 0x3a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ZERO = 0x30;
/** Of an error's text; the rest says nothing new. */
const MOST_TEXT = 512;

/**
 * Reads the replies of a connection that only publishes: numbers, statuses and errors, a line each (RESP 2), in
 * whatever pieces they come.
 */
export class ReplyReader {
  readonly #onReply: ReplyHandler;
  /** The first byte of the line, 0 before it. */
  #type = 0;
  #value = 0;
  #text = '';

  constructor(onReply: ReplyHandler) {
    this.#onReply = onReply;
  }

  /** @throws Error when it is nothing that a publication is answered with: what follows could not be told apart */
  read(bytes: Uint8Array, length: number): void {
    for (let at = 0; at < length; at += 1) {
      const byte = bytes[at]!;
      if (this.#type === 0) {
        if (byte !== COLON && byte !== PLUS && byte !== MINUS) throw unknownForm();
        this.#type = byte;
      } else if (byte === LINE_FEED) this.#settle();
      else if (byte === CARRIAGE_RETURN) continue;
      else if (this.#type === COLON) {
        if (byte < ZERO || byte > ZERO + 9) throw unknownForm();
        this.#value = this.#value * 10 + byte - ZERO;
      } else if (this.#type === MINUS && this.#text.length < MOST_TEXT) {
        this.#text += String.fromCharCode(byte);
      }
    }
  }

  #settle(): void {
    const value = this.#value;
    const refusal = this.#type === MINUS ? this.#text : undefined;
    this.#type = 0;
    this.#value = 0;
    this.#text = '';
    this.#onReply(value, refusal);
  }
}

const unknownForm = (): Error => new Error('the server answered a publication in an unknown form');
