import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { createDecoder, createEncoder, type OpusEncoderOptions } from '@partyline/codecs';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { openBrowser } from '../browser/chromium.ts';
import { ffmpeg } from '../support/ffmpeg.ts';
import { judgeSpeech } from '../support/judge.ts';
import { speechFile } from '../support/speech.ts';
import { oggOf, packetsOf } from './opus-interop/ogg-opus.ts';
import { WebCodecsOpus } from './opus-interop/web-codecs.ts';

/** What 40 kbit/s has when one side does both. */
const PESQ_FLOOR = 4.2;
const FRAME_SAMPLES = 960;

const ours = {
  encode: async (pcm: Float32Array, options: OpusEncoderOptions = {}): Promise<Uint8Array[]> => {
    const packets: Uint8Array[] = [];
    const encoder = await createEncoder('opus', { engine: 'wasm', ...options }, (packet) =>
      packets.push(packet),
    );
    for (let at = 0; at + encoder.frameSamples <= pcm.length; at += encoder.frameSamples) {
      encoder.encode(pcm.subarray(at, at + encoder.frameSamples), at / encoder.frameSamples);
    }
    encoder.close();
    return packets;
  },
  decode: async (packets: readonly Uint8Array[], checks: Expectations): Promise<Float32Array> => {
    const pcm: Float32Array[] = [];
    const decoder = await createDecoder('opus', { engine: 'wasm' }, (out) => pcm.push(out));
    for (const [tag, packet] of packets.entries()) decoder.decode(packet, tag);
    checks.expect(decoder.corruptPackets === 0, `${decoder.corruptPackets} packets could not be decoded`);
    decoder.close();
    const whole = new Float32Array(pcm.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of pcm) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  },
};

const floats = (bytes: Buffer): Float32Array => new Float32Array(new Uint8Array(bytes).buffer);
const F32 = ['-f', 'f32le', '-ar', '48000', '-ac', '1'];

const inFolder = async (context: RunContext, folder: string, web: WebCodecsOpus): Promise<RunOutcome> => {
  const checks = new Expectations();
  const { path } = await speechFile({ seconds: 10 });
  const pcm = await readSpeech(await readFile(path));
  const rows: string[][] = [['encoded by', 'decoded by', 'packets', 'PESQ']];
  const judge = async (from: string, to: string, packets: number, heard: Float32Array): Promise<void> => {
    const out = join(folder, `${from} ${to}.wav`);
    const writer = new WavWriter(out);
    writer.write(heard);
    writer.close();
    const { pesq } = await judgeSpeech(path, out);
    rows.push([from, to, `${packets}`, pesq.toFixed(2)]);
    checks.expect(pesq >= PESQ_FLOOR, `${from} to ${to}: PESQ ${pesq} is below ${PESQ_FLOOR}`);
    const seconds = packets * (FRAME_SAMPLES / 48_000);
    checks.expect(
      Math.abs(heard.length / 48_000 - seconds) < 0.02,
      `${from} to ${to}: ${(heard.length / 48_000).toFixed(3)} s came of ${seconds.toFixed(3)} s`,
    );
  };
  const byFfmpeg = async (packets: readonly Uint8Array[]): Promise<Float32Array> =>
    floats(await ffmpeg(['-i', 'pipe:0', ...F32, 'pipe:1'], Buffer.from(await oggOf(packets))));

  const own = await ours.encode(pcm);
  await judge('Partyline', 'FFmpeg', own.length, await byFfmpeg(own));
  await judge('Partyline', 'WebCodecs', own.length, await web.decode(own));
  const encoded = await ffmpeg(
    [...F32, '-i', 'pipe:0', '-c:a', 'libopus', '-b:a', '40k', '-application', 'voip', '-f', 'ogg', 'pipe:1'],
    Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength),
  );
  const others = await packetsOf(new Uint8Array(encoded));
  await judge('FFmpeg', 'Partyline', others.length, await ours.decode(others, checks));
  const browsers = await web.encode(pcm);
  await judge('WebCodecs', 'Partyline', browsers.length, await ours.decode(browsers, checks));
  context.table(rows);

  // Whatever an encoder can be told, others understand.
  for (const bitrate of [6_000, 24_000, 128_000]) {
    for (const frameMs of [10, 20, 40, 60] as const) {
      const packets = await ours.encode(pcm, { bitrate, frameMs, dtx: true });
      const heard = await web.decode(packets);
      const name = `${bitrate / 1_000} kbit/s in frames of ${frameMs} ms`;
      checks.expect(
        heard.length === packets.length * frameMs * 48,
        `${name}: WebCodecs made ${heard.length} samples of ${packets.length} packets`,
      );
      const loud = heard.reduce((sum, sample) => sum + sample * sample, 0) / heard.length;
      checks.expect(loud > 1e-4, `${name}: WebCodecs decoded silence`);
    }
  }
  return checks.outcome;
};

/** Opus of libs/codecs beside that of others. */
export const run: NamedRun = {
  name: 'opus-interop',
  about:
    'Opus: packets of libs/codecs decoded by FFmpeg and by WebCodecs in Chromium, and theirs by libs/codecs.',
  floor: `PESQ ${PESQ_FLOOR} in all four ways`,
  aim: `PESQ ${PESQ_FLOOR} in all four ways`,
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-opus-'));
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<p>Opus'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { path: microphoneFile } = await speechFile({ seconds: 10 });
    const browser = await openBrowser({ microphoneFile });
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      return await inFolder(context, folder, new WebCodecsOpus(browser, url));
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    }
  },
};
