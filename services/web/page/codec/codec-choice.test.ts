import { createEncoder, DEFAULT_OPUS_BITRATE, voiceFormat } from '@partyline/codecs';
import { describe, expect, it } from 'vitest';
import { CODECS, codecLabel, codecNames, usableCodec } from './codec-choice.ts';

const FRAMES = 50;

/** What a codec makes of a second of noise, kbit/s. */
const measuredKilobits = async (name: string): Promise<number> => {
  const { codec, options } = voiceFormat(name);
  let bytes = 0;
  const encoder = await createEncoder(codec, { ...options, frameMs: 20 }, ({ length }) => {
    bytes += length;
  });
  // Noise that is the same each time: it has neither pauses nor silence.
  const pcm = Float32Array.from({ length: encoder.frameSamples }, (_, at) => 0.2 * Math.sin(at * at));
  for (let tag = 0; tag < FRAMES; tag += 1) encoder.encode(pcm, tag);
  encoder.close();
  return (bytes * 8) / FRAMES / 20;
};

describe('codecs that can be chosen', () => {
  it.each(codecNames.filter((name) => name !== 'opus/48000'))('take what the page says: %s', async (name) => {
    expect(CODECS[name].kilobits).toBe(Math.round(await measuredKilobits(name)));
  });

  it('take what the page says: Opus, by what the SDK aims at', () => {
    expect(CODECS['opus/48000'].kilobits).toBe(DEFAULT_OPUS_BITRATE / 1_000);
  });

  it('fall back to Opus while nobody has said that the modules are there', () => {
    expect(usableCodec('pcma/8000')).toBe('pcma/8000');
    expect(usableCodec('speex/16000')).toBe('opus/48000');
    expect(usableCodec('l16/48000')).toBe('opus/48000');
  });

  it('have a name that people read; others are called as the protocol does', () => {
    expect(codecLabel('pcma/8000')).toBe('G.711 A-law');
    expect(codecLabel('l16/48000')).toBe('l16/48000');
  });
});
