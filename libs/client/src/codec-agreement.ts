import { voiceFormat } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { PartylineError } from './errors.ts';
import type { Room } from './room-types.ts';
import type { SwitchingEncoder } from './switching-encoder.ts';
import { agreedFormat } from './voice-formats.ts';

/** What is sent instead of what was asked for, if not everybody can decode that: the first of these that they can. */
const INSTEAD: readonly CodecFormat[] = [
  'opus/48000',
  'g722/16000',
  'speex/16000',
  'pcma/16000',
  'pcmu/16000',
  'l16/16000',
  'pcma/8000',
  'pcmu/8000',
];

/** Told by a {@link CodecAgreement}. */
export interface CodecAgreementHandlers {
  /** This is sent from the next frames on. */
  changed(codec: CodecFormat): void;
  error(error: PartylineError): void;
}

/** The part of an encoder that the agreement needs. */
type UsableEncoder = Pick<SwitchingEncoder<object>, 'format' | 'use'>;

/** Keeps a speaker's codec to what everybody who listens in the room can decode. */
export class CodecAgreement {
  readonly #room: Room;
  readonly #encoder: UsableEncoder;
  readonly #handlers: CodecAgreementHandlers;
  readonly #stopListening: () => void;
  /** Asked for and not to be had here, with what its encoder failed by. */
  readonly #unavailable = new Map<CodecFormat, unknown>();
  #wanted: CodecFormat;
  #toldNone = false;
  #working: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(room: Room, encoder: UsableEncoder, wanted: CodecFormat, handlers: CodecAgreementHandlers) {
    this.#room = room;
    this.#encoder = encoder;
    this.#wanted = wanted;
    this.#handlers = handlers;
    this.#stopListening = room.on('codecs', () => void this.#settle());
  }

  /** Begins with what was wanted, if the room agrees. @throws CodecError, PartylineError when its encoder cannot be made */
  async begin(): Promise<void> {
    await this.#encoder.use(voiceFormat(this.#choice() ?? this.#wanted));
    await this.#settle();
  }

  /** From now on this is wanted. @throws CodecError, PartylineError when its encoder cannot be made; then all stays as it was */
  async want(codec: CodecFormat): Promise<void> {
    const before = this.#wanted;
    this.#wanted = codec;
    this.#toldNone = false;
    this.#unavailable.delete(codec);
    await this.#settle();
    // Somebody who tries one codec after the other may want another one by now: that stays.
    if (this.#wanted !== codec || !this.#unavailable.has(codec)) return;
    this.#wanted = before;
    await this.#settle();
    throw this.#unavailable.get(codec);
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #choice(): CodecFormat | undefined {
    const { codecs } = this.#room;
    const possible = codecs.filter((codec) => !this.#unavailable.has(codec));
    return agreedFormat(this.#wanted, INSTEAD, possible);
  }

  /** Goes over to what the room agrees to now; what changes meanwhile is looked at afterwards. */
  #settle(): Promise<void> {
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const choice = this.#choice();
      if (choice === undefined) this.#tellNone();
      else this.#toldNone = false;
      const codec = choice ?? this.#wanted;
      if (codec === this.#encoder.format?.name || this.#unavailable.has(codec)) continue;
      try {
        await this.#encoder.use(voiceFormat(codec));
        this.#handlers.changed(codec);
      } catch (cause) {
        this.#unavailable.set(codec, cause);
        this.#again = true;
      }
    }
  }

  #tellNone(): void {
    if (this.#toldNone) return;
    this.#toldNone = true;
    this.#handlers.error(
      new PartylineError(
        'no_common_codec',
        `No codec can be decoded by everybody in this room: some will not hear ${this.#wanted}. Let them join with codecs: ['opus/48000'].`,
      ),
    );
  }
}
