import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { decodableCodecs } from '@partyline/client';
import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { CODEC_FORMATS, type CodecFormat } from '@partyline/protocol';
import { judgeSpeech } from '../support/judge.ts';
import { speechFile } from '../support/speech.ts';
import { type System, withSystem } from '../support/system.ts';
import { holdsWithin } from '../support/wait.ts';
import { Person } from './codec-call/person.ts';

const SPEAKERS: readonly { identity: string; codec: CodecFormat; floor: number }[] = [
  { identity: 'opus', codec: 'opus/48000', floor: 4.0 },
  { identity: 'speex', codec: 'speex/16000', floor: 3.3 },
  { identity: 'g711', codec: 'pcma/8000', floor: 3.6 },
  { identity: 'g729', codec: 'g729/8000', floor: 3.1 },
];
const SECONDS = 12;
/** A change of codec within speech costs no more than this of what it would be without. */
const CHANGE_FLOOR = 3.7;
const CHANGES: readonly CodecFormat[] = ['pcmu/8000', 'g722/16000', 'speex/16000', 'opus/48000'];

/** Narrow-band PESQ: the only scale that all four can be judged by. */
const pesqOf = async (folder: string, pcm: Float32Array, reference: string): Promise<number> => {
  const path = join(folder, `heard-${Math.random().toString(36).slice(2)}.wav`);
  const writer = new WavWriter(path);
  writer.write(pcm);
  writer.close();
  return (await judgeSpeech(reference, path, { mode: 'nb' })).pesq;
};

/** Four who each speak another codec, all at once; and one of them changes it while it speaks. */
const four = async (
  context: RunContext,
  folder: string,
  system: System,
  checks: Expectations,
): Promise<void> => {
  const decodes = await decodableCodecs();
  checks.expect(decodes.length === Object.keys(CODEC_FORMATS).length, `only ${decodes} can be decoded here`);
  const seconds = 2 * SECONDS;
  const people = await Promise.all(
    SPEAKERS.map(({ identity, codec }) => Person.join(system, 'four', { identity, codec, decodes, seconds })),
  );
  try {
    const settled = await holdsWithin(
      () => people.every(({ room }) => room.codecs.length === decodes.length),
      5_000,
    );
    checks.expect(settled, 'the room does not agree on what all can decode');
    const speech = await Promise.all(SPEAKERS.map((_, voice) => speechFile({ seconds: SECONDS, voice })));
    await Promise.all(
      people.map(async ({ source }, index) =>
        source.play(await readSpeech(await readFile(speech[index]!.path))),
      ),
    );
    await holdsWithin(
      () =>
        people.every((one) =>
          people.every((other) => one === other || one.heardOf(other.identity).frames >= SECONDS * 50),
        ),
      5_000,
    );
    const rows: (string | number)[][] = [
      ['speaks', ...SPEAKERS.map(({ identity }) => `heard by ${identity}`)],
    ];
    for (const [index, { identity, codec, floor }] of SPEAKERS.entries()) {
      const row: (string | number)[] = [codec];
      for (const listener of people) {
        if (listener.identity === identity) {
          row.push('');
          continue;
        }
        const heard = listener.heardOf(identity);
        const pesq = await pesqOf(folder, heard.pcm, speech[index]!.path);
        const ids = [...heard.codecs].join();
        checks.expect(
          ids === `${CODEC_FORMATS[codec]}`,
          `${listener.identity} got codec ${ids} of ${identity}`,
        );
        checks.expect(heard.lost === 0, `${listener.identity} lost ${heard.lost} frames of ${identity}`);
        checks.expect(
          pesq >= floor,
          `${identity} is heard by ${listener.identity} with PESQ ${pesq}, below ${floor}`,
        );
        row.push(pesq.toFixed(2));
      }
      rows.push(row);
    }
    context.table(rows);
    context.say(
      'Nobody transcodes: each listener decodes what each speaker sends, for all have named every codec.',
    );
    await changing(context, folder, people, checks);
  } finally {
    await Promise.all(people.map((person) => person.leave()));
  }
};

/** The codec changes every three seconds within speech. */
const changing = async (
  context: RunContext,
  folder: string,
  [speaker, ...listeners]: readonly Person[],
  checks: Expectations,
): Promise<void> => {
  const { path } = await speechFile({ seconds: SECONDS, voice: 1 });
  const pcm = await readSpeech(await readFile(path));
  for (const listener of listeners) listener.begin();
  const waiting = [...CHANGES];
  let change: Promise<void> = Promise.resolve();
  await speaker!.source.play(pcm, {
    onProgress: (spokenMs) => {
      if (waiting.length > 0 && spokenMs >= (CHANGES.length - waiting.length) * 3_000 + 1_000) {
        const next = waiting.shift()!;
        change = change.then(() => speaker!.source.setCodec(next));
      }
    },
  });
  await change;
  await holdsWithin(
    () => listeners.every((one) => one.heardOf('opus').codecs.size === CHANGES.length),
    5_000,
  );
  const scores: number[] = [];
  for (const listener of listeners) {
    const heard = listener.heardOf('opus');
    const pesq = await pesqOf(folder, heard.pcm, path);
    scores.push(pesq);
    checks.expect(
      heard.codecs.size === CHANGES.length,
      `${listener.identity} got codecs ${[...heard.codecs]}`,
    );
    checks.expect(heard.lost === 0, `${listener.identity} lost ${heard.lost} frames while the codec changed`);
    checks.expect(
      pesq >= CHANGE_FLOOR,
      `PESQ ${pesq} for ${listener.identity} while the codec changed is below ${CHANGE_FLOOR}`,
    );
  }
  context.say(
    `Opus, ${CHANGES.join(', ')} within ${SECONDS} s of speech: PESQ ${scores.map((score) => score.toFixed(2)).join(', ')}, no frame lost.`,
  );
};

/** Somebody who decodes Opus alone comes and goes: the others go over to it and back. */
const narrowed = async (context: RunContext, system: System, checks: Expectations): Promise<void> => {
  const decodes = await decodableCodecs();
  const enter = (identity: string, codec: CodecFormat, can: readonly CodecFormat[]): Promise<Person> =>
    Person.join(system, 'narrowed', { identity, codec, decodes: can, seconds: SECONDS });
  const ada = await enter('ada', 'pcma/8000', decodes);
  const sends = (codec: CodecFormat): Promise<boolean> =>
    holdsWithin(() => ada.source.codec === codec, 5_000);
  checks.expect(await sends('pcma/8000'), 'what was asked for is not sent though all can decode it');
  const guest = await enter('guest', 'opus/48000', ['opus/48000']);
  checks.expect(await sends('opus/48000'), 'nothing else is sent when somebody cannot decode it');
  await guest.leave();
  checks.expect(await sends('pcma/8000'), 'what was asked for is not sent again');
  const alien = await enter('alien', 'g729/8000', ['g729/8000']);
  checks.expect(await sends('g729/8000').then((sent) => !sent), 'a codec that nobody asked for is sent');
  checks.expect(ada.source.codec === 'pcma/8000', `without a common codec ${ada.source.codec} is sent`);
  checks.expect(
    ada.told.some((line) => line.includes('No codec can be decoded by everybody')),
    `nobody is told that there is no common codec: ${ada.told.join('; ')}`,
  );
  await ada.source.play(new Float32Array(48_000).fill(0.1));
  const deaf = await holdsWithin(() => alien.told.length === 0 && ada.told.length > 0, 1_000);
  checks.expect(deaf, `what is sent can be decoded by whoever said they cannot: ${alien.told}`);
  context.say(`Told to somebody with G.711 in that room: ${ada.told.join(' / ')}`);
  await Promise.all([ada.leave(), alien.leave()]);
};

/** Codecs in a room: each its own, changes within speech, agreement. */
export const run: NamedRun = {
  name: 'codec-call',
  about:
    'Four people, each with another codec, hear each other; codecs change in mid-call; a room agrees on what all can decode.',
  floor: 'everybody hears everybody, 0 frames lost',
  aim: 'everybody hears everybody, 0 frames lost',
  run: async (context): Promise<RunOutcome> => {
    registerCodec(g729);
    const folder = await mkdtemp(join(tmpdir(), 'partyline-codec-call-'));
    const checks = new Expectations();
    // All four speak at once.
    const env = { PARTYLINE_EDGE_LAST_N: String(SPEAKERS.length) };
    try {
      await withSystem({ env }, async (system) => {
        await four(context, folder, system, checks);
        await narrowed(context, system, checks);
      });
      return checks.outcome;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
