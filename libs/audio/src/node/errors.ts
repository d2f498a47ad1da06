/** What is wrong with a sound file; stable. */
export type AudioFileErrorCode =
  /** The bytes are no WAV file at all. */
  | 'not_wav'
  /** The file ends before its header says so, within the header or the sound. */
  | 'truncated'
  /** A WAV file without a single sample. */
  | 'empty'
  /** A WAV file in an encoding that is not read here. */
  | 'unsupported'
  /** The file could not be written. */
  | 'write_failed';

/** The only error type of the file readers and writers of `@partyline/audio/node`. */
export class AudioFileError extends Error {
  /** Always `AudioFileError`. */
  override readonly name = 'AudioFileError';
  /** What to go by in programs. */
  readonly code: AudioFileErrorCode;

  constructor(code: AudioFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
