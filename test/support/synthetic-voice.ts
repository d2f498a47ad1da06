import { CODEC_OPUS, type Frame, wireMs } from '@partyline/protocol';

/** Bytes of a 20 ms Opus frame of speech at 32 kbit/s, and of one of silence. */
const SPEECH_BYTES = 80;
const SILENCE_BYTES = 6;

const payloadByte = (streamId: number, sequence: number, index: number): number =>
  (streamId * 31 + sequence * 7 + index * 13) & 0xff;

/** A payload that tells by its bytes which frame of which stream it belongs to. */
export const syntheticPayload = (streamId: number, sequence: number, length: number): Uint8Array => {
  const payload = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) payload[i] = payloadByte(streamId, sequence, i);
  return payload;
};

/** Whether a frame's payload is the one that `syntheticPayload` makes for it. */
export const payloadIsIntact = (frame: Frame): boolean =>
  frame.payload.every((byte, index) => byte === payloadByte(frame.streamId, frame.sequence, index));

/** Whether a payload was made for stream 0 with a sequence that begins like this: its first byte. */
export const payloadContinues = (payload: Uint8Array): boolean => {
  const first = payload[0] ?? 0;
  return payload.every((byte, index) => byte === ((first + index * 13) & 0xff));
};

/** The inverse of 7, by which a payload counts, modulo 256. */
const COUNT = 183;

/** Which frame of stream 0 a payload was made for, modulo 256. */
export const payloadMark = (payload: Uint8Array): number => ((payload[0] ?? 0) * COUNT) & 0xff;

export interface VoiceMoment {
  /** RFC 6464, −dBov: 0 is the loudest. */
  level: number;
  active: boolean;
  /** Payload size; that of speech or of silence unless given. */
  bytes?: number;
  flags?: number;
  /** 20 unless given. */
  durationMs?: number;
}

/** What somebody does with each 20 ms, numbered from 0 when it begins; undefined sends nothing. */
export type Voice = (index: number) => VoiceMoment | undefined;

/**
 * Talks in syllables of 160 ms with 60 ms between them: the ups and downs by which a selector tells a voice
 * from a hum.
 * @param level of the syllables, −dBov
 */
export const syllables =
  (level: number): Voice =>
  (index) =>
    index % 11 >= 8 ? { level: 70, active: false } : { level, active: true };

/** Syllables with a breath of 200 ms every 3 s, which is no reason yet to take a slot away. */
export const speech = (level: number): Voice => {
  const syllable = syllables(level);
  return (index) => (index % 150 >= 140 ? { level: 70, active: false } : syllable(index % 150));
};

/** An open microphone in a quiet room. */
export const silence: Voice = () => ({ level: 80, active: false });

/** Claims the loudest level and activity with every frame, for ever. */
export const shout: Voice = () => ({ level: 0, active: true });

/** A 20 ms frame, captured at `nowMs` (epoch). */
export const syntheticFrame = (
  streamId: number,
  sequence: number,
  moment: VoiceMoment,
  nowMs: number,
): Frame => ({
  flags: moment.flags ?? 0,
  codec: CODEC_OPUS,
  level: moment.level,
  active: moment.active,
  durationMs: moment.durationMs ?? 20,
  sequence: sequence & 0xffff,
  streamId,
  captureTimeMs: wireMs(nowMs),
  payload: syntheticPayload(
    streamId,
    sequence & 0xffff,
    moment.bytes ?? (moment.active ? SPEECH_BYTES : SILENCE_BYTES),
  ),
});
