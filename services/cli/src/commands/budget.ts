import { type FrameMs, type SpeexMode, voiceFormat } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { budgetOf } from '../budget/budget.ts';
import { describeBudget } from '../budget/report.ts';
import { chosenCodec, refuseUnlessOf } from '../codec-choice.ts';
import type { CommandContext } from '../context.ts';

export interface BudgetOptions {
  codec: CodecFormat;
  mode?: SpeexMode;
  frame: FrameMs;
  bitrate?: number;
  quality?: number;
  participants: number;
  talkers?: number;
  lastN: number;
  tls?: boolean;
  /** ms. */
  coalesceMs: number;
  /** One way of each line, ms. */
  network: number;
  /** Least wait of the play-out, ms. */
  buffer: number;
  json?: boolean;
}

/** Says what a call takes: data rates with each header, packets, processors, and the delay against ITU-T G.114. */
export const budget = (options: BudgetOptions, { output }: CommandContext): void => {
  const name = chosenCodec(options.codec, options.mode);
  const format = voiceFormat(name);
  refuseUnlessOf('--bitrate', options.bitrate, format.codec === 'opus', 'Opus');
  refuseUnlessOf('--quality', options.quality, format.codec === 'speex', 'Speex');
  const made = budgetOf(format, {
    frameMs: options.frame,
    bitrate: options.bitrate,
    quality: options.quality,
    participants: options.participants,
    talkers: options.talkers,
    lastN: options.lastN,
    coalesceMs: options.coalesceMs,
    networkMs: options.network,
    bufferMs: options.buffer,
    tls: options.tls === true,
  });
  output.result(options.json === true ? JSON.stringify(made) : describeBudget(made));
};
