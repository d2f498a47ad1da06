import {
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  Input,
  OGG,
  OggOutputFormat,
  Output,
} from 'mediabunny';

const FRAME_S = 0.02;

/** Packets of 20 ms in an Ogg file, as others take them. */
export const oggOf = async (packets: readonly Uint8Array[]): Promise<Uint8Array> => {
  const output = new Output({ format: new OggOutputFormat(), target: new BufferTarget() });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  const head = new Uint8Array(19);
  new TextEncoder().encodeInto('OpusHead', head);
  const view = new DataView(head.buffer);
  head[8] = 1;
  head[9] = 1;
  view.setUint32(12, 48_000, true);
  for (const [index, packet] of packets.entries()) {
    await source.add(
      new EncodedPacket(packet, 'key', index * FRAME_S, FRAME_S),
      index === 0
        ? { decoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, description: head } }
        : undefined,
    );
  }
  await output.finalize();
  return new Uint8Array((output.target as BufferTarget).buffer!);
};

/** The packets of somebody else's Ogg file. */
export const packetsOf = async (ogg: Uint8Array): Promise<Uint8Array[]> => {
  const input = new Input({ formats: [OGG], source: new BufferSource(ogg) });
  const track = await input.getPrimaryAudioTrack();
  if (track === null) throw new Error('the Ogg file has no track');
  const packets: Uint8Array[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet.data);
  return packets;
};
