import wavefile from 'wavefile';
import { resample } from '../resampling/resampler.ts';
import { AudioFileError } from './errors.ts';

const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;
const MAX_CHANNELS = 32;

/** A sound file in memory. */
export interface WavSound {
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples from −1 to 1, one array for each channel, all of one length. */
  readonly channels: Float32Array[];
}

interface Format {
  /** Offset of the format tag in the file. */
  readonly at: number;
  readonly tag: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bit, float of 32 or 64 bit, A-law, µ-law, plain or extensible.
 * @throws AudioFileError `not_wav`, `truncated`, `empty` or `unsupported`
 */
export function readWav(bytes: Uint8Array): WavSound {
  const format = checkFile(bytes);
  // `slice` of a Node Buffer would share its memory.
  const plain = new Uint8Array(bytes);
  // wavefile does not look behind the extensible tag, so it is shown the tag that is meant.
  new DataView(plain.buffer).setUint16(format.at, format.tag, true);
  const file = new wavefile.WaveFile();
  file.fromBuffer(plain);
  if (format.tag === A_LAW) file.fromALaw('16');
  if (format.tag === MU_LAW) file.fromMuLaw('16');
  const interleaved = file.getSamples(true, Float64Array) as unknown as Float64Array;
  const bits = format.tag === A_LAW || format.tag === MU_LAW ? 16 : format.bits;
  const isFloat = format.tag === FLOAT;
  const scale = isFloat ? 1 : 2 ** (bits - 1);
  // 8-bit samples are the only ones without a sign.
  const offset = !isFloat && bits === 8 ? 128 : 0;
  const length = Math.floor(interleaved.length / format.channels);
  const channels = Array.from({ length: format.channels }, (_, channel) => {
    const pcm = new Float32Array(length);
    for (let i = 0; i < length; i += 1) {
      const sample = (interleaved[i * format.channels + channel]! - offset) / scale;
      pcm[i] = Number.isFinite(sample) ? sample : 0;
    }
    return pcm;
  });
  return { sampleRate: format.sampleRate, channels };
}

/**
 * Reads a WAV file as voice: all channels mixed into one, at 48 kHz.
 *
 * @example
 * const pcm = await readSpeech(await readFile('speech.wav'));
 *
 * @param toHz rate of what is returned
 * @throws AudioFileError as {@link readWav} does
 */
export async function readSpeech(bytes: Uint8Array, toHz = 48000): Promise<Float32Array> {
  const { sampleRate, channels } = readWav(bytes);
  const mono = new Float32Array(channels[0]!.length);
  for (const channel of channels) {
    for (let i = 0; i < mono.length; i += 1) mono[i] = mono[i]! + channel[i]! / channels.length;
  }
  return resample(mono, sampleRate, toHz);
}

/** Walks the chunks, so that a bad file is named for what it is before it is decoded. */
function checkFile(bytes: Uint8Array): Format {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length === 0) throw new AudioFileError('empty', 'the file has 0 bytes; give a WAV file');
  if (text(0) !== 'RIFF' || (bytes.length >= 12 && text(8) !== 'WAVE')) {
    throw new AudioFileError(
      'not_wav',
      'this is no WAV file; convert it to WAV first, 16-bit PCM for example',
    );
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = text(at);
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (id === 'fmt ') format = readFormat(view, at + 8, size);
    if (id === 'data') {
      if (format === undefined)
        throw new AudioFileError('not_wav', 'the WAV file has no format before its sound');
      if (size === 0) throw new AudioFileError('empty', 'the WAV file holds no sound');
      if (end > bytes.length) {
        throw new AudioFileError(
          'truncated',
          `the WAV file ends early: its header promises ${size} bytes of sound, ${bytes.length - at - 8} are there`,
        );
      }
      return format;
    }
    // Chunks begin at even offsets.
    at = end + (size % 2);
  }
  throw new AudioFileError('truncated', 'the WAV file ends before its sound begins');
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16 || at + size > view.byteLength) {
    throw new AudioFileError('truncated', 'the WAV file ends within its format');
  }
  let tag = view.getUint16(at, true);
  if (tag === EXTENSIBLE && size >= 26) tag = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const known =
    (tag === PCM && [8, 16, 24, 32].includes(bits)) ||
    (tag === FLOAT && (bits === 32 || bits === 64)) ||
    ((tag === A_LAW || tag === MU_LAW) && bits === 8);
  if (!known || channels < 1 || channels > MAX_CHANNELS || sampleRate < 1000 || sampleRate > 768000) {
    throw new AudioFileError(
      'unsupported',
      `WAV encoding ${tag} with ${bits} bit, ${channels} channels at ${sampleRate} Hz is not read; convert it to 16-bit PCM`,
    );
  }
  return { at, tag, channels, sampleRate, bits };
}
