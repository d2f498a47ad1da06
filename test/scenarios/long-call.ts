import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { speechFile } from '../support/speech.ts';
import { type System, withSystem } from '../support/system.ts';
import { writeSilence } from '../support/wav-file.ts';
import { Minutes } from './long-call/minutes.ts';
import { NodePerson, PagePerson, ROOM } from './long-call/people.ts';
import { judge } from './long-call/verdict.ts';

const CI_MINUTES = 10;
const FULL_MINUTES = 60;
const SPEECH_SECONDS = 30;
/** The page's and the loudspeaker's clocks may differ by this at the end, in ms. */
const MOST_CLOCK_DRIFT_MS = 50;

const inCall = async (context: RunContext, system: System, folder: string): Promise<RunOutcome> => {
  const checks = new Expectations();
  const { options, full, ci } = context;
  const minutes = options.has('minutes') ? Number(options.get('minutes')) : full ? FULL_MINUTES : CI_MINUTES;
  const speech = await speechFile({ seconds: SPEECH_SECONDS });
  const silence = join(folder, 'silence.wav');
  writeSilence(silence);
  const open: { close(): Promise<void> }[] = [];
  const keep = <Person extends { close(): Promise<void> }>(person: Person): Person => {
    open.push(person);
    return person;
  };
  try {
    const speaker = keep(await PagePerson.join(system, 'Ada', speech.path));
    const listener = keep(await PagePerson.join(system, 'Grace', silence));
    const seat = { url: system.api.url, room: ROOM, name: 'Bot', speechFile: speech.path };
    const bot = keep(await NodePerson.join(seat));
    await listener.call.sees('Ada', 'speaking');
    const minute = new Minutes({ system, speaker, listener, bot });
    const clocksBefore = await listener.clocks();
    for (let number = 0; number < minutes; number += 1) {
      await minute.pass(number);
      const delay = minute.seen.delays.at(-1);
      context.say(`minute ${number + 1} of ${minutes}: mouth to ear ${delay?.value.toFixed(0)} ms`);
    }
    const clocksAfter = await listener.clocks();
    const clockDriftMs =
      clocksBefore === undefined || clocksAfter === undefined
        ? Number.NaN
        : clocksAfter.loudspeakerMs - clocksBefore.loudspeakerMs - (clocksAfter.pageMs - clocksBefore.pageMs);
    // A browser that gets no processor leaves out what it should have played, and its loudspeaker falls behind.
    checks.expect(
      Math.abs(clockDriftMs) <= MOST_CLOCK_DRIFT_MS || (ci && clockDriftMs < 0),
      `the loudspeaker's clock went ${clockDriftMs.toFixed(0)} ms apart from the page's`,
    );
    const { heardSeconds, reconnects } = await bot.figures();
    checks.expect(heardSeconds > minutes * 12, `the bot heard only ${heardSeconds.toFixed(0)} s`);
    checks.expect(reconnects === 0, `the bot lost its connection ${reconnects} times`);
    const errors = [...speaker.call.errors, ...listener.call.errors];
    // A broken connection is an error to a browser's console, and the only one that is expected.
    const unexpected = errors.filter((error) => !/WebSocket|ERR_CONNECTION_RESET/.test(error));
    checks.expect(unexpected.length === 0, `the pages reported errors: ${unexpected.join('; ')}`);
    const { trends, driftMs } = judge(minute.seen, checks, ci);
    const happened = Object.fromEntries(minute.seen.happened);
    context.table([
      ['what', 'after 2 min', 'at the end', 'grows a second'],
      ...trends.map(({ what, first, last, perSecond }) => [what, first, last, perSecond.toFixed(1)]),
    ]);
    context.say(`what happened: ${JSON.stringify(happened)}`);
    const delaysMs = minute.seen.delays.map(({ value }) => Number(value.toFixed(1)));
    const beyondBufferMs = minute.seen.beyondBuffer.map(({ value }) => Number(value.toFixed(1)));
    return { ...checks.outcome, minutes, driftMs, clockDriftMs, delaysMs, beyondBufferMs, happened, trends };
  } finally {
    for (const person of open.reverse()) await person.close();
  }
};

/** A call as long as a working meeting, with all that happens in one. */
export const run: NamedRun = {
  name: 'long-call',
  about:
    'Ten minutes (--full an hour, --minutes N) of two pages and a Node client, with visitors, mutes, chat, broken connections and hidden tabs: memory stays flat and the delay does not drift.',
  floor: 'heaps grow by at most 512 bytes a second, the delay by 15 ms',
  aim: 'nothing grows',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-long-call-'));
    try {
      return await withSystem({ shape: 'one', env: { PARTYLINE_GUEST_JOIN: 'true' } }, (system) =>
        inCall(context, system, folder),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
