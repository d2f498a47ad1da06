import { randomBytes } from 'node:crypto';
import type { SpeexMode } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { Progress } from '../console.ts';
import type { CommandContext, RoomOptions } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { describeReception, Recording } from '../recording.ts';
import { aborted, visitRoom } from '../room-visit.ts';
import { readSpeechFile } from '../speech-input.ts';
import { speak } from './talk.ts';

export interface EchoOptions extends Omit<RoomOptions, 'room'> {
  room?: string;
  file: string;
  out: string;
  bitrate?: number;
  codec?: CodecFormat;
  mode?: SpeexMode;
  /** Least time that voice waits before it is mixed, ms. */
  buffer?: number;
}

/** Recorded after the file's end, for what is still on its way. */
const TAIL_S = 1;

/** Line test: sends a file through the edge and back, and records what returns. */
export const echo = async (options: EchoOptions, context: CommandContext): Promise<void> => {
  const { output } = context;
  const pcm = await readSpeechFile(options.file);
  // A room of its own, so that nobody else hears the test or disturbs it.
  const name = options.room ?? `echo-${randomBytes(8).toString('hex')}`;
  await visitRoom({ ...options, room: name }, context, async (room, over) => {
    if (!room.canPublish)
      throw new CommandError(EXIT.refused, 'The token does not allow to publish in this room.');
    room.setEcho(true);
    const seconds = pcm.length / 48_000;
    const recording = new Recording(room, {
      path: options.out,
      seconds: seconds + TAIL_S,
      ...(options.buffer === undefined ? {} : { bufferMs: options.buffer }),
    });
    const signal = AbortSignal.any([context.signal, over]);
    const progress = new Progress(output);
    let reception: ReturnType<Recording['close']>;
    try {
      await speak(room, pcm, options, signal, {
        output,
        onProgress: (spokenMs) =>
          progress.update(() => `Echo: ${(spokenMs / 1_000).toFixed(0)} s of ${seconds.toFixed(0)} s`),
      });
      await Promise.race([recording.finished, aborted(signal)]);
    } finally {
      progress.done();
      reception = recording.close();
    }
    if (context.signal.aborted)
      throw new CommandError(EXIT.failed, 'Interrupted; the recording is not complete.');
    const { uplink, rttMs } = room.getStats();
    output.result(
      options.json === true
        ? JSON.stringify({ out: options.out, framesSent: uplink.sentFrames, rttMs, ...reception })
        : `Sent ${uplink.sentFrames} frames, ${describeReception(reception)}; wrote ${options.out}.`,
    );
    if (reception.framesReceived === 0) throw new CommandError(EXIT.failed, 'Nothing came back.');
  });
};
