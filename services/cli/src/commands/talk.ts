import { testVoice } from '@partyline/audio';
import type { Room } from '@partyline/client';
import { type Played, VoiceSource } from '@partyline/client/node';
import { type SpeexMode, voiceFormat } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { chosenCodec } from '../codec-choice.ts';
import { prepareCodec } from '../codec-modules.ts';
import type { Output } from '../console.ts';
import { Progress } from '../console.ts';
import type { CommandContext, RoomOptions } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { aborted, visitRoom } from '../room-visit.ts';
import { readSpeechFile } from '../speech-input.ts';

export interface TalkOptions extends RoomOptions {
  file?: string;
  loop?: boolean;
  seconds?: number;
  bitrate?: number;
  codec?: CodecFormat;
  mode?: SpeexMode;
}

const TEST_VOICE_S = 30;
/** The last frames are in the socket when the file ends; a moment lets them reach the edge before the good-bye. */
const DRAIN_MS = 200;

/** Speaks PCM into a room until it ends, `signal` ends it, or the room closes. */
export const speak = async (
  room: Room,
  pcm: Float32Array,
  options: Pick<TalkOptions, 'loop' | 'seconds' | 'bitrate' | 'codec' | 'mode'>,
  signal: AbortSignal,
  { output, onProgress }: { output: Output; onProgress: (spokenMs: number) => void },
): Promise<Played & { codec: CodecFormat }> => {
  const wanted = chosenCodec(options.codec ?? 'opus/48000', options.mode);
  await prepareCodec(voiceFormat(wanted), output);
  const source = await VoiceSource.open(room, {
    engine: 'wasm',
    codec: wanted,
    onCodec: (codec) => output.note(`Sends ${codec} from here on.`),
    onError: (error) => output.note(error.message),
    ...(options.bitrate === undefined ? {} : { bitrate: options.bitrate }),
  });
  if (source.codec !== wanted) {
    output.note(`Not everybody here can decode ${wanted}: sends ${source.codec}.`);
  }
  try {
    const played = await source.play(pcm, {
      loop: options.loop === true,
      signal,
      onProgress,
      ...(options.seconds === undefined ? {} : { durationMs: options.seconds * 1_000 }),
    });
    await Promise.race([new Promise((resolve) => setTimeout(resolve, DRAIN_MS)), aborted(signal)]);
    return { ...played, codec: source.codec };
  } finally {
    source.close();
  }
};

/** `talk` with a file, and `join` with a test voice or a file, for ever. */
export const talk = async (options: TalkOptions, context: CommandContext): Promise<void> => {
  const { output } = context;
  const pcm = options.file === undefined ? testVoice(TEST_VOICE_S) : await readSpeechFile(options.file);
  await visitRoom(options, context, async (room, over) => {
    if (!room.canPublish) {
      throw new CommandError(EXIT.refused, 'The token does not allow to publish in this room.');
    }
    output.note(`In room ${room.name} as ${room.identity}.`);
    const progress = new Progress(output);
    const signal = AbortSignal.any([context.signal, over]);
    const endless = options.loop === true && options.seconds === undefined;
    const totalS = options.seconds ?? pcm.length / 48_000;
    const played = await speak(room, pcm, options, signal, {
      output,
      onProgress: (spokenMs) =>
        progress.update(() => {
          const spoken = `Talking: ${(spokenMs / 1_000).toFixed(0)} s`;
          return endless ? `${spoken}, Ctrl-C ends it` : `${spoken} of ${totalS.toFixed(0)} s`;
        }),
    });
    progress.done();
    const { uplink, reconnects } = room.getStats();
    const summary = {
      room: room.name,
      identity: room.identity,
      streamId: room.streamId,
      codec: played.codec,
      seconds: played.durationMs / 1_000,
      framesSent: uplink.sentFrames,
      framesDropped: uplink.droppedFrames,
      stalledMs: Math.round(played.stalledMs),
      reconnects,
    };
    const line = `Spoke ${summary.seconds.toFixed(1)} s in room ${room.name} as ${room.identity} with ${summary.codec}: ${summary.framesSent} frames sent, ${summary.framesDropped} dropped.`;
    output.result(options.json === true ? JSON.stringify(summary) : line);
    if (context.signal.aborted && !endless) {
      throw new CommandError(EXIT.failed, `Interrupted after ${summary.seconds.toFixed(1)} s.`);
    }
  });
};
