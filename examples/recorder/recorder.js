// @ts-check
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { joinRoom, PartylineError, VoiceDecoders } from '@partyline/client';
import { prepareVoice, VoiceSink, WavWriter } from '@partyline/client/node';
import { Tracks } from './tracks.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    room: { type: 'string', default: 'lobby' },
    name: { type: 'string', default: 'Recorder' },
    folder: { type: 'string', default: 'recording' },
    seconds: { type: 'string', default: '3600' },
    token: { type: 'string' },
  },
});
/** A recording may wait for slow frames longer than a listener would. */
const HOLD_MS = 300;

const leaving = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(name, () => leaving.abort());

try {
  await mkdir(values.folder, { recursive: true });
  await prepareVoice();
  const room = await joinRoom({
    url: values.url,
    room: values.room,
    name: values.name,
    // Nothing is sent, and others see it.
    muted: true,
    ...(values.token === undefined ? {} : { token: values.token }),
    signal: leaving.signal,
  });
  // With the clock in step, capture times of all speakers are on one time line.
  await room.whenReady();
  console.log(`Recording room ${room.name} into ${values.folder}; Ctrl-C ends it.`);

  const tracks = new Tracks(values.folder, room.clock.now());
  const nameOf = (/** @type {number} */ streamId) =>
    room.participants.find((participant) => participant.streamId === streamId)?.identity ??
    `stream-${streamId}`;
  const decoders = new VoiceDecoders(room, (voice) => tracks.write(voice, nameOf(voice.streamId)));
  const mix = new WavWriter(join(values.folder, 'mix.wav'));
  const sink = new VoiceSink(room, { onPcm: (block) => mix.write(block), holdMs: HOLD_MS });

  room.on('state', (state) => {
    if (state.phase === 'reconnecting')
      console.log(`Lost the connection (${state.reason.message}), trying again.`);
    if (state.phase === 'closed') leaving.abort();
  });
  await sleep(Number(values.seconds) * 1_000, undefined, { signal: leaving.signal }).catch(() => {});

  sink.close();
  decoders.close();
  mix.close();
  for (const { path, seconds } of tracks.close(room.clock.now()))
    console.log(`${path}: ${seconds.toFixed(1)} s`);
  console.log(`${mix.path}: ${mix.seconds.toFixed(1)} s`);
  await room.leave();
} catch (error) {
  if (error instanceof PartylineError && error.code === 'aborted') process.exit();
  // Each message is a sentence that says what to do.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
