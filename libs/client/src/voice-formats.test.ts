import { VOICE_FORMATS } from '@partyline/codecs';
import { CODEC_FORMATS } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CODECS, decodableCodecs } from './voice-formats.ts';

describe('codecs and their numbers', () => {
  it('are the same here as on the wire', () => {
    expect(VOICE_FORMATS.map(({ name }) => name).sort()).toEqual(Object.keys(CODEC_FORMATS).sort());
  });

  it('can be decoded everywhere as far as they are announced without being asked for', async () => {
    expect(await decodableCodecs()).toEqual(expect.arrayContaining([...DEFAULT_CODECS]));
  });
});
