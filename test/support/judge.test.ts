import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { createDecoder, createEncoder } from '@partyline/codecs';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeSpeech } from './judge.ts';
import { speechFile } from './speech.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-judge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(name: string, pcm: Float32Array): string {
  const writer = new WavWriter(join(folder, name));
  writer.write(pcm);
  writer.close();
  return writer.path;
}

async function throughOpus(pcm: Float32Array, bitrate: number): Promise<Float32Array> {
  const output = new Float32Array(Math.ceil(pcm.length / 960) * 960);
  const decoder = await createDecoder('opus', { engine: 'wasm' }, (frame, tag) =>
    output.set(frame, tag * 960),
  );
  const encoder = await createEncoder('opus', { engine: 'wasm', bitrate }, (payload, tag) =>
    decoder.decode(payload, tag),
  );
  for (let tag = 0; tag * 960 < pcm.length; tag += 1) {
    const frame = new Float32Array(960);
    frame.set(pcm.subarray(tag * 960, tag * 960 + 960));
    encoder.encode(frame, tag);
  }
  encoder.close();
  decoder.close();
  return output;
}

describe('speech judge', () => {
  it('finds speech that went through Opus at 32 kbit/s good, and says when it begins', {
    timeout: 120_000,
  }, async () => {
    const speech = await speechFile({ seconds: 30 });
    const pcm = await readSpeech(readFileSync(speech.path));
    expect(pcm.length / 48000).toBeGreaterThanOrEqual(30);
    const heard = await throughOpus(pcm, 32000);
    const late = new Float32Array(heard.length + 48000 + 24000);
    late.set(heard, 48000);
    const verdict = await judgeSpeech(speech.path, save('opus.wav', late));
    console.log('Opus at 32 kbit/s:', verdict);
    expect(verdict.pesq).toBeGreaterThanOrEqual(4);
    expect(verdict.correlation).toBeGreaterThan(0.9);
    // Opus itself takes 6.5 ms.
    expect(Math.abs(verdict.delayMs - 1006.5)).toBeLessThan(5);
  });

  it('tells silence, and another speaker, from the speech', { timeout: 120_000 }, async () => {
    const speech = await speechFile({ seconds: 8 });
    const silence = await judgeSpeech(speech.path, save('silence.wav', new Float32Array(480000)));
    expect(silence).toMatchObject({ pesq: 0, correlation: 0, degLevelDbfs: -120 });
    const other = await judgeSpeech(speech.path, (await speechFile({ seconds: 8, voice: 1 })).path);
    expect(other.pesq).toBeLessThan(2);
    expect(Math.abs(other.correlation)).toBeLessThan(0.3);
  });

  it('hears five different speakers', { timeout: 120_000 }, async () => {
    const files = await Promise.all([0, 1, 2, 3, 4].map((voice) => speechFile({ seconds: 8, voice })));
    for (const { path } of files.slice(1)) {
      expect((await judgeSpeech(files[0]!.path, path)).correlation).toBeLessThan(0.3);
    }
  });

  it('says which file it cannot judge', async () => {
    const speech = await speechFile({ seconds: 8 });
    await expect(judgeSpeech(speech.path, join(folder, 'absent.wav'))).rejects.toThrow(
      /absent\.wav does not exist/,
    );
    await expect(judgeSpeech(speech.path, speech.path, { cacheFolder: folder })).rejects.toThrow(
      /setup\.mjs/,
    );
  });
});
