import { CLOSE, encodeMedia, MAX_MEDIA_MESSAGE_BYTES, type MediaFault } from '@partyline/protocol';
import type { RawClient } from '../raw-client.ts';
import { syntheticFrame } from '../synthetic-voice.ts';
import type { System } from '../system.ts';
import { forMs, holdsWithin } from '../wait.ts';
import { type BadInput, closedWith, pair, stillServed } from './case.ts';

const VOICE = { level: 20, active: true };
const MESSAGE_HEADER_BYTES = 16;

const validMessage = (client: RawClient, streamId = client.streamId): Uint8Array =>
  encodeMedia(client.nextHeader(), [syntheticFrame(streamId, client.spoken, VOICE, Date.now())]);

/** A valid message with one byte changed. */
const withByte = (client: RawClient, offset: number, value: number): Uint8Array => {
  const bytes = validMessage(client);
  bytes[offset] = value;
  return bytes;
};

/** Media that must be dropped and counted by its fault, while the connection stays and good frames pass. */
const faulty = (name: string, fault: MediaFault, make: (client: RawClient) => Uint8Array): BadInput => ({
  name,
  expected: 'dropped, counted, connection stays',
  attempt: async (system, room) => {
    const [sender, receiver] = await pair(system, room);
    const dropped = async (): Promise<number> =>
      (await system.metrics()).sum('partyline_media_refused_total', { reason: fault });
    const before = await dropped();
    sender.sendBytes(make(sender));
    const trouble = await stillServed(sender);
    sender.speak(VOICE);
    const heard = await holdsWithin(() => receiver.reception.frames.length > 0, 3_000);
    const counted = (await dropped()) - before;
    const frames = receiver.reception.frames.length;
    await Promise.all([sender.leave(), receiver.leave()]);
    if (trouble !== undefined) return trouble;
    if (!heard) return 'a good frame after it was not forwarded';
    if (frames !== 1) return `${frames} frames came out instead of the one good frame`;
    return counted >= 1 ? undefined : `it was not counted with reason ${fault}`;
  },
});

const longPayload = (client: RawClient): Uint8Array => {
  const bytes = new Uint8Array(MESSAGE_HEADER_BYTES + 16 + 1_501);
  bytes.set(validMessage(client).subarray(0, MESSAGE_HEADER_BYTES + 16));
  bytes[MESSAGE_HEADER_BYTES] = 1_501 >> 8;
  bytes[MESSAGE_HEADER_BYTES + 1] = 1_501 & 0xff;
  return bytes;
};

const flooding: BadInput = {
  name: 'flood of frames (2,000/s)',
  expected: `closed with ${CLOSE.flooding}, few of the frames forwarded`,
  attempt: async (system: System, room: string) => {
    const [sender, receiver] = await pair(system, room);
    const startedAt = performance.now();
    while (sender.closed === undefined && performance.now() - startedAt < 8_000) {
      for (let i = 0; i < 20; i += 1) sender.speak(VOICE);
      await forMs(10);
    }
    const trouble = await closedWith(sender, CLOSE.flooding, 2_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    const forwarded = receiver.reception.frames.length;
    const { maxFramesPerSecond } = receiver.last('welcome')!;
    const served = await stillServed(receiver);
    await receiver.leave();
    if (trouble !== undefined) return trouble;
    if (served !== undefined) return `to a listener of it: ${served}`;
    // A second's worth at once is the usual burst of a client whose network had a hiccup.
    return forwarded <= maxFramesPerSecond * (seconds + 1)
      ? undefined
      : `${forwarded} of ${sender.spoken} frames were forwarded in ${seconds.toFixed(1)} s`;
  },
};

/** Everything that can be wrong with binary messages. */
export const MEDIA_CASES: readonly BadInput[] = [
  faulty('message cut off in its header', 'too_short', (client) => validMessage(client).subarray(0, 9)),
  faulty('message header and nothing else', 'no_frames', (client) =>
    validMessage(client).subarray(0, MESSAGE_HEADER_BYTES),
  ),
  faulty('frame cut off in its payload', 'truncated_frame', (client) => validMessage(client).subarray(0, -3)),
  faulty('payload length beyond the message', 'truncated_frame', (client) =>
    withByte(client, MESSAGE_HEADER_BYTES, 5),
  ),
  faulty('payload longer than any codec makes', 'payload_too_large', longPayload),
  faulty('protocol version 2', 'unknown_version', (client) => withByte(client, 0, 0x21)),
  faulty('unknown message type', 'unknown_type', (client) => withByte(client, 0, 0x17)),
  faulty('stream id 0', 'zero_stream', (client) => {
    const bytes = validMessage(client);
    bytes.fill(0, MESSAGE_HEADER_BYTES + 8, MESSAGE_HEADER_BYTES + 12);
    return bytes;
  }),
  {
    name: "a frame with another's stream id",
    expected: `closed with ${CLOSE.protocolError}, not forwarded`,
    attempt: async (system, room) => {
      const [sender, receiver] = await pair(system, room);
      const third = await system.join({ room, identity: 'third' });
      sender.sendBytes(validMessage(sender, third.streamId));
      const trouble = await closedWith(sender, CLOSE.protocolError);
      third.speak(VOICE);
      await holdsWithin(() => receiver.reception.frames.length > 0, 3_000);
      const frames = receiver.reception.frames.length;
      await Promise.all([third.leave(), receiver.leave()]);
      return (
        trouble ??
        (frames === 1 ? undefined : `${frames} frames of the stream arrived instead of its own one`)
      );
    },
  },
  {
    name: 'binary message over its limit',
    expected: `closed with ${CLOSE.messageTooLarge}`,
    attempt: async (system, room) => {
      const sender = await system.join({ room, identity: 'sender' });
      sender.sendBytes(new Uint8Array(MAX_MEDIA_MESSAGE_BYTES + 1).fill(0x11));
      return closedWith(sender, CLOSE.messageTooLarge);
    },
  },
  {
    name: 'binary message of 8 MiB',
    expected: 'connection ended',
    attempt: async (system, room) => {
      const sender = await system.join({ room, identity: 'sender' });
      sender.sendBytes(new Uint8Array(8_388_608).fill(0x11));
      const ended = (await sender.closeCode()) !== undefined;
      return ended ? undefined : 'the connection stayed open';
    },
  },
  flooding,
];
