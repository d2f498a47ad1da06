import type { FrameMs, VoiceFormat } from '@partyline/codecs';
import { CommandError, EXIT } from '../exit-codes.ts';
import { type ClientCpu, clientCpu } from './client-cpu.ts';
import { type DelayBudget, delayBudget } from './delay.ts';
import { edgeCpuShare } from './edge-cpu.ts';
import { payloadBytes } from './payload.ts';
import { type Traffic, trafficOf } from './traffic.ts';

/** A call that is to be reckoned with. */
export interface BudgetWishes {
  readonly frameMs: FrameMs;
  readonly bitrate?: number | undefined;
  readonly quality?: number | undefined;
  readonly participants: number;
  /** As many as are forwarded, unless given. */
  readonly talkers?: number | undefined;
  readonly lastN: number;
  readonly coalesceMs: number;
  readonly networkMs: number;
  readonly bufferMs: number;
  readonly tls: boolean;
}

/** All that a call takes. */
export interface Budget {
  codec: string;
  frameMs: number;
  payloadBytes: number;
  /** Of one stream, bit/s of payload. */
  codecRateBps: number;
  participants: number;
  talkers: number;
  tls: boolean;
  traffic: Traffic;
  /** Shares of a core. */
  cpu: { edge: number; talker: ClientCpu; listener: ClientCpu };
  delay: DelayBudget;
}

/** The arithmetic of a call. @throws CommandError for what cannot be */
export const budgetOf = (format: VoiceFormat, wishes: BudgetWishes): Budget => {
  const { frameMs, participants, lastN, coalesceMs, tls } = wishes;
  const { talkers = Math.min(participants, lastN) } = wishes;
  if (participants < 1)
    throw new CommandError(EXIT.usage, 'Give at least one participant as --participants.');
  if (talkers > participants) {
    throw new CommandError(
      EXIT.usage,
      `${talkers} cannot talk where ${participants} are; give fewer --talkers.`,
    );
  }
  const bytes = payloadBytes(format, wishes);
  const traffic = trafficOf({ payloadBytes: bytes, frameMs, participants, talkers, lastN, coalesceMs, tls });
  const { up, down } = traffic.edge;
  const heardByTalker = Math.max(0, traffic.forwarded - 1);
  return {
    codec: format.name,
    frameMs,
    payloadBytes: bytes,
    codecRateBps: (8_000 * bytes) / frameMs,
    participants,
    talkers,
    tls,
    traffic,
    cpu: {
      edge: edgeCpuShare({
        messagesIn: up.messagesPerSecond,
        messagesOut: down.messagesPerSecond,
        framesOut: down.framesPerSecond,
      }),
      talker: clientCpu(format, true, heardByTalker),
      listener: clientCpu(format, false, traffic.forwarded),
    },
    delay: delayBudget(format, wishes),
  };
};
