import type { RoomStats } from '@partyline/client';
import { prepareVoice, VoiceSink, VoiceSource } from '@partyline/client/node';
import { answerCalls } from '@partyline/loadtest/child-calls';
import { Caller, type CallerFrame } from './caller.ts';
import { syllablesPcm } from './voice-call.ts';

/** What a client in a process of its own has heard and said. */
export interface FrozenFigures {
  phase: string;
  frames: CallerFrame[];
  stats: RoomStats;
}

let caller: Caller | undefined;
const over = new AbortController();

answerCalls({
  /** Speaks and listens from now on. */
  join: async (where: { url: string; room: string; token: string }): Promise<void> => {
    await prepareVoice();
    caller = await Caller.join(where);
    new VoiceSink(caller.room, { onPcm: () => undefined });
    const source = await VoiceSource.open(caller.room);
    void source.play(syllablesPcm(130), { loop: true, signal: over.signal });
  },
  figures: (): FrozenFigures => ({
    phase: caller!.room.state.phase,
    frames: caller!.frames,
    stats: caller!.room.getStats(),
  }),
  leave: async (): Promise<void> => {
    over.abort();
    await caller?.leave();
  },
});
