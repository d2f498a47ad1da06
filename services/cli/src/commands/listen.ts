import { Progress } from '../console.ts';
import type { CommandContext, RoomOptions } from '../context.ts';
import { describeReception, Recording } from '../recording.ts';
import { aborted, visitRoom } from '../room-visit.ts';

export interface ListenOptions extends RoomOptions {
  seconds?: number;
  out?: string;
  /** Least time that voice waits before it is mixed, ms. */
  buffer?: number;
}

/** Hears a room for a while, or until Ctrl-C, and says what came. */
export const listen = async (options: ListenOptions, context: CommandContext): Promise<void> => {
  const { output } = context;
  await visitRoom(options, context, async (room, over) => {
    output.note(`In room ${room.name} as ${room.identity}.`);
    const recording = new Recording(room, {
      ...(options.out === undefined ? {} : { path: options.out }),
      ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
      ...(options.buffer === undefined ? {} : { bufferMs: options.buffer }),
    });
    const progress = new Progress(output);
    const timer = setInterval(() => {
      progress.update(() => {
        const of = options.seconds === undefined ? ', Ctrl-C ends it' : ` of ${options.seconds} s`;
        return `Listening: ${recording.seconds.toFixed(0)} s${of}, ${recording.speakers.length} speakers heard`;
      });
    }, 200);
    try {
      await Promise.race([recording.finished, aborted(context.signal), aborted(over)]);
    } finally {
      clearInterval(timer);
      progress.done();
      const reception = recording.close();
      const line = describeReception(reception);
      const wrote = options.out === undefined ? '' : `; wrote ${options.out}`;
      output.result(
        options.json === true
          ? JSON.stringify({ room: room.name, identity: room.identity, out: options.out, ...reception })
          : `${line[0]!.toUpperCase()}${line.slice(1)}${wrote}.`,
      );
    }
  });
};
