// @ts-check
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { joinRoom, PartylineError, VoiceDecoders } from '@partyline/client';
import { prepareVoice, readSpeech, VoiceSource } from '@partyline/client/node';
import { Listening } from './listening.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    room: { type: 'string', default: 'lobby' },
    name: { type: 'string', default: 'Bot' },
    token: { type: 'string' },
    answer: { type: 'string' },
  },
});

/** Others know a bot by it: two of them in a room must not answer each other for ever. */
const METADATA = 'partyline-example-bot';
/** Between the end of what somebody said and the answer, ms. */
const PAUSE_MS = 500;

const leaving = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(name, () => leaving.abort());

try {
  const recording = values.answer === undefined ? undefined : await readSpeech(await readFile(values.answer));
  // Otherwise the first word would be late by the time that compiling the codec takes.
  await prepareVoice();
  const room = await joinRoom({
    url: values.url,
    room: values.room,
    name: values.name,
    metadata: METADATA,
    ...(values.token === undefined ? {} : { token: values.token }),
    signal: leaving.signal,
  });
  console.log(`In room ${room.name} as ${room.identity}; say something.`);

  const listening = new Listening();
  const isPerson = (/** @type {number} */ streamId) =>
    room.participants.some(
      (participant) => participant.streamId === streamId && participant.metadata !== METADATA,
    );
  // What each frame carries along tells speech from background (RFC 6464); the sound itself comes decoded.
  room.on('frame', ({ streamId, sequence, frame }) => listening.note(streamId, sequence, frame.active));
  const decoders = new VoiceDecoders(room, ({ streamId, sequence, pcm }) => {
    if (isPerson(streamId)) listening.hear(streamId, sequence, pcm);
  });
  const voice = await VoiceSource.open(room, { dtx: true });

  room.on('state', (state) => {
    if (state.phase === 'reconnecting')
      console.log(`Lost the connection (${state.reason.message}), trying again.`);
    if (state.phase !== 'closed') return;
    if (state.reason !== undefined && state.reason.code !== 'aborted') {
      console.error(state.reason.message);
      process.exitCode = 1;
    }
    leaving.abort();
  });

  while (!leaving.signal.aborted) {
    const said = await listening.utterance(leaving.signal);
    if (said === undefined) break;
    await sleep(PAUSE_MS, undefined, { signal: leaving.signal }).catch(() => {});
    const answer = recording ?? said.pcm;
    const who = room.participants.find(({ streamId }) => streamId === said.streamId);
    console.log(
      `${who?.name || who?.identity || 'Somebody'} spoke for ${(said.pcm.length / 48_000).toFixed(1)} s; answering.`,
    );
    await voice.play(answer, { signal: leaving.signal });
    console.log('Answered.');
    // What was said meanwhile is not answered: a bot is no second party to talk over people.
    listening.forget();
  }
  voice.close();
  decoders.close();
  await room.leave();
} catch (error) {
  if (error instanceof PartylineError && error.code === 'aborted') process.exit();
  // Each message is a sentence that says what to do.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
