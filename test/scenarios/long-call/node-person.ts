import { readFile } from 'node:fs/promises';
import { readSpeech } from '@partyline/audio/node';
import { joinRoom, type Room } from '@partyline/client';
import { prepareVoice, VoiceSink, VoiceSource } from '@partyline/client/node';
import { answerCalls } from '@partyline/loadtest/child-calls';

/** How somebody joins from Node. */
export interface Seat {
  url: string;
  room: string;
  name: string;
  /** What is said: a WAV file. */
  speechFile: string;
}

/** After all garbage was collected, in bytes. */
export interface NodeMemory {
  heap: number;
  /** Buffers and WASM beside the heap. */
  external: number;
  rss: number;
}

/** A process with one person in it, who hears everything as a loudspeaker would and talks when told: see `long-call`. */
let room: Room | undefined;
let sink: VoiceSink | undefined;
let source: VoiceSource | undefined;
let speech = new Float32Array(0);
let heardSamples = 0;

const collect = (globalThis as { gc?: () => void }).gc;

answerCalls({
  join: async ({ url, room: name, name: person, speechFile }: Seat): Promise<void> => {
    await prepareVoice();
    speech = new Float32Array(await readSpeech(await readFile(speechFile)));
    room = await joinRoom({ url, room: name, name: person });
    sink = new VoiceSink(room, {
      onPcm: (block) => {
        if (block.some((sample) => Math.abs(sample) > 0.01)) heardSamples += block.length;
      },
    });
    source = await VoiceSource.open(room, { dtx: true });
  },
  talk: async (durationMs: number): Promise<void> => {
    await source!.play(speech, { durationMs });
  },
  chat: async (text: string): Promise<number> => (await room!.sendData({ text, label: 'chat' })).recipients,
  memory: (): NodeMemory => {
    if (collect === undefined) throw new Error('start this process with --expose-gc');
    collect();
    collect();
    const { heapUsed: heap, external, rss } = process.memoryUsage();
    return { heap, external, rss };
  },
  /** Seconds of sound so far, and how often the connection was lost. */
  figures: (): { heardSeconds: number; reconnects: number } => ({
    heardSeconds: heardSamples / 48_000,
    reconnects: room!.getStats().reconnects,
  }),
  leave: async (): Promise<void> => {
    source?.close();
    sink?.close();
    await room?.leave();
  },
});
