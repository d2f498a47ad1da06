import { WavWriter } from '@partyline/audio/node';
import { type FrameMs, type SpeexMode, voiceFormat } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { chosenCodec, refuseUnlessOf } from '../codec-choice.ts';
import { prepareCodec } from '../codec-modules.ts';
import type { CommandContext } from '../context.ts';
import { readSpeechFile } from '../speech-input.ts';
import { transcode as through } from '../transcoding.ts';

export interface TranscodeOptions {
  codec: CodecFormat;
  mode?: SpeexMode;
  frame: FrameMs;
  bitrate?: number;
  fec: boolean;
  quality?: number;
  vbr?: boolean;
  dtx?: boolean;
  /** Percent. */
  loss: number;
  seed: number;
  conceal: boolean;
  json?: boolean;
}

/** Encodes, loses and decodes a file, to hear what a codec makes of it and to measure it. */
export const transcode = async (
  from: string,
  to: string,
  options: TranscodeOptions,
  { output }: CommandContext,
): Promise<void> => {
  const name = chosenCodec(options.codec, options.mode);
  const format = voiceFormat(name);
  const { codec, sampleRate, delayMs } = format;
  refuseUnlessOf('--quality', options.quality, codec === 'speex', 'Speex');
  refuseUnlessOf('--vbr', options.vbr, codec === 'speex', 'Speex');
  refuseUnlessOf('--bitrate', options.bitrate, codec === 'opus', 'Opus');
  refuseUnlessOf('--dtx', options.dtx, ['speex', 'opus', 'g729'].includes(codec), 'Opus, Speex and G.729');
  const speech = await readSpeechFile(from, sampleRate);
  await prepareCodec(format, output);
  refuseUnlessOf('--no-fec', options.fec ? undefined : true, codec === 'opus', 'Opus');
  const { frame: frameMs, bitrate, fec, quality, vbr, dtx, seed, conceal } = options;
  const made = await through(speech, {
    format,
    wishes: {
      frameMs,
      ...(bitrate === undefined ? {} : { bitrate }),
      ...(fec ? {} : { fec }),
      ...(quality === undefined ? {} : { quality }),
      ...(vbr === undefined ? {} : { vbr }),
      ...(dtx === undefined ? {} : { dtx }),
    },
    loss: options.loss / 100,
    seed,
    conceal,
  });
  const writer = new WavWriter(to, { sampleRate });
  writer.write(made.pcm);
  writer.close();
  const seconds = speech.length / sampleRate;
  const summary = {
    codec: name,
    frameMs,
    seconds,
    packets: made.packets,
    lost: made.lost,
    bitrateBps: Math.round(made.bitrateBps),
    delayMs,
    realTimeFactor: Math.round((seconds * 1_000) / Math.max(1, made.cpuMs)),
    out: to,
  };
  output.result(
    options.json === true
      ? JSON.stringify(summary)
      : `${seconds.toFixed(1)} s through ${name}: ${summary.packets} packets of ${frameMs} ms, ${summary.lost} lost, ${(summary.bitrateBps / 1_000).toFixed(1)} kbit/s, ${summary.realTimeFactor} times as fast as speech; wrote ${to} at ${sampleRate} Hz.`,
  );
};
