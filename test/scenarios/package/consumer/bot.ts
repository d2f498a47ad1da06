// A program for Node as an application writes it: only compiled, with the types of Node and without those of a browser.
import {
  type ActiveSpeaker,
  CODEC_OPUS,
  type ErrorCode,
  joinRoom,
  type Participant,
  PartylineError,
  type ReceivedFrame,
  VoiceDecoders,
  VoicePublisher,
} from '@partyline/client';
import { nodeNetwork, readSpeech, VoiceSink, VoiceSource, WavWriter } from '@partyline/client/node';

export const bot = async (url: string, wav: Uint8Array): Promise<ErrorCode | undefined> => {
  try {
    const room = await joinRoom({ url, room: 'lobby', network: nodeNetwork({ insecure: true }) });
    room.on('participants', ({ joined }) => joined.map((participant: Participant) => participant.identity));
    room.on('speakers', (speakers: readonly ActiveSpeaker[]) => speakers[0]?.levelDbov);
    room.on('frame', ({ frame, lostBefore }: ReceivedFrame) => frame.codec === CODEC_OPUS && lostBefore > 0);
    const mix = new WavWriter('mix.wav', { sampleRate: 48_000 });
    const sink = new VoiceSink(room, { onPcm: (block) => mix.write(block), playout: { minTargetMs: 60 } });
    const decoders = new VoiceDecoders(room, ({ pcm, capturedAtMs }) =>
      console.log(pcm.length, capturedAtMs),
    );
    const publisher = await VoicePublisher.open(room, { bitrate: 24_000, frameMs: 20 });
    publisher.push(new Float32Array(publisher.frameSamples), room.clock.now());
    const voice = await VoiceSource.open(room);
    const { stalledMs } = await voice.play(await readSpeech(wav));
    const { recipients } = await room.sendData({ text: `${stalledMs}`, label: 'chat' });
    const stats = room.getStats();
    console.log(recipients, stats.rttMs?.toFixed(1), stats.speakers[0]?.mouthToEarMs);
    for (const part of [sink, decoders, mix, voice, publisher]) part.close();
    // @ts-expect-error frames have a length of 10, 20, 40 or 60 ms
    await VoicePublisher.open(room, { frameMs: 30 });
    await room.leave();
    return undefined;
  } catch (error) {
    if (error instanceof PartylineError) return error.code;
    throw error;
  }
};
