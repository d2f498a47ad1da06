import type { EngineChoice } from '@partyline/codecs';
import { FIRST_OWN_CODEC, FLAG_ENCRYPTED } from '@partyline/protocol';
import type { DecodedVoice } from './decoded-voice.ts';
import { PartylineError } from './errors.ts';
import type { ReceivedFrame, Room } from './room-types.ts';
import { StreamVoice } from './stream-voice.ts';

/** Settings of {@link VoiceDecoders}. */
export interface VoiceDecodersOptions {
  /** `auto` unless given: the browser's Opus where it has one, else WebAssembly. */
  engine?: EngineChoice;
  /** Told of packets that could not be decoded, and of codecs that cannot be: once a stream and codec. */
  onError?: (error: PartylineError) => void;
}

/** Decoders kept; more speakers than this at once cannot be told apart by ear anyway. */
const MAX_DECODERS = 32;

/**
 * Decodes every speaker of a room, each with a decoder of its own.
 *
 * @example
 * const decoders = new VoiceDecoders(room, ({ streamId, pcm }) => recognise(streamId, pcm));
 * // … and when it is over:
 * decoders.close();
 */
export class VoiceDecoders {
  readonly #onVoice: (voice: DecodedVoice) => void;
  readonly #options: VoiceDecodersOptions;
  readonly #streams = new Map<number, StreamVoice>();
  readonly #stop: (() => void)[];

  constructor(room: Room, onVoice: (voice: DecodedVoice) => void, options: VoiceDecodersOptions = {}) {
    this.#onVoice = onVoice;
    this.#options = options;
    this.#stop = [
      room.on('frame', (received) => this.#frame(received)),
      room.on('participants', ({ left }) => {
        for (const { streamId } of left) this.#forget(streamId);
      }),
    ];
  }

  /** Stops decoding and gives the decoders back. Idempotent. */
  close(): void {
    for (const stop of this.#stop) stop();
    for (const streamId of [...this.#streams.keys()]) this.#forget(streamId);
  }

  #frame(received: ReceivedFrame): void {
    const { codec, flags, payload } = received.frame;
    // What is encrypted, or coded by an application's own codec, is for whoever asked for frames.
    if (payload.length === 0 || (flags & FLAG_ENCRYPTED) !== 0 || codec >= FIRST_OWN_CODEC) return;
    const stream = this.#streams.get(received.streamId) ?? this.#open(received);
    stream.take(received);
  }

  #open({ streamId, identity }: ReceivedFrame): StreamVoice {
    if (this.#streams.size >= MAX_DECODERS) {
      const [oldest] = [...this.#streams].sort((a, b) => a[1].lastHeardMs - b[1].lastHeardMs);
      this.#forget(oldest![0]);
    }
    const stream = new StreamVoice(streamId, this.#options.engine ?? 'auto', {
      voice: this.#onVoice,
      unable: (codec, format, cause) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        const who = identity === '' ? 'A speaker' : identity;
        const what = format?.name ?? `codec ${codec}`;
        this.#options.onError?.(
          new PartylineError('codec_failed', `${who} speaks ${what}, which cannot be decoded here: ${why}`, {
            cause,
          }),
        );
      },
    });
    this.#streams.set(streamId, stream);
    return stream;
  }

  #forget(streamId: number): void {
    this.#streams.get(streamId)?.close();
    this.#streams.delete(streamId);
  }
}
