import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WavWriter } from '@partyline/audio/node';
import type { Expectations } from '@partyline/harness';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../browser/chromium.ts';
import { NAMING_SCRIPT, tapPage, tapWorkletSource } from '../../browser/page-taps.ts';
import { packRecordings, unpackRecordings } from '../../browser/recordings.ts';
import { joinBlocks } from '../../browser/timeline.ts';
import { judgeSpeech } from '../../support/judge.ts';
import { withProgram } from '../../support/program.ts';
import type { Identity, RoomName } from './backend.ts';
import type { Project } from './project.ts';

/**
 * Least PESQ of the person's speech in the recorder, encoded once, and of the bot's answer, encoded twice and played by the
 * page: as the microphone hears it, and after the browser has suppressed noise and set the gain.
 */
export const FLOORS = { plain: { once: 3.5, twice: 2.8 }, processed: { once: 2.6, twice: 2.2 } } as const;
const ANSWERED_IN_MS = 45_000;

export interface Talk {
  room: RoomName;
  /** Where Partyline answers. */
  service: string;
  tokens: Record<Identity, string>;
  /** What the person says, once, with silence around it. */
  microphoneFile: string;
  /** What the page lets the browser do with it. */
  microphone: keyof typeof FLOORS;
  /** The speech in it. */
  speechFile: string;
  /** Opens the page and joins. */
  join: (page: Page) => Promise<void>;
}

export interface Heard {
  recorderPesq: number;
  botPesq: number;
  pagePesq: number;
}

/** A page, the answering bot and the recorder in one room: the person speaks, the bot answers, all of it is recorded. */
export const converse = async (project: Project, talk: Talk, checks: Expectations): Promise<Heard> => {
  const { room, service, tokens, speechFile } = talk;
  const recordings = join(project.folder, `recording-${room}`);
  mkdirSync(recordings, { recursive: true });
  const at = (identity: Identity): string[] => [
    '--url',
    service,
    '--room',
    room,
    '--token',
    tokens[identity],
  ];
  const bot = project.run('answering-bot/bot.js', at('bot'));
  const recorder = project.run('recorder/recorder.js', [...at('recorder'), '--folder', recordings]);
  const heardPath = join(recordings, 'page.wav');
  await withProgram(bot, () =>
    withProgram(recorder, async () => {
      await Promise.all([bot.prints(/In room/, 15_000), recorder.prints(/Recording room/, 15_000)]);
      const browser = await openBrowser({ microphoneFile: talk.microphoneFile });
      try {
        const page = await (await browser.newContext()).newPage();
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(error.message));
        page.on('console', (message) => {
          if (message.type() === 'error') errors.push(message.text());
        });
        await page.addInitScript(NAMING_SCRIPT);
        await page.addInitScript(tapPage, tapWorkletSource);
        await talk.join(page);
        await page
          .getByText('Connected', { exact: true })
          .waitFor({ timeout: 15_000 })
          .catch(async (error: unknown) => {
            throw new Error(
              `the page does not join: ${await page.getByRole('status').textContent()} ${errors.join('; ')}`,
              { cause: error },
            );
          });
        await bot.prints(/ada spoke for/, ANSWERED_IN_MS);
        await bot.prints(/Answered/, ANSWERED_IN_MS);
        // What is on its way arrives meanwhile.
        await page.waitForTimeout(1_000);
        const { loudspeaker } = unpackRecordings(await page.evaluate(packRecordings));
        const writer = new WavWriter(heardPath);
        writer.write(joinBlocks(loudspeaker).samples);
        writer.close();
        await page.getByRole('button', { name: 'Leave' }).click();
        checks.expect(errors.length === 0, `${room}: the page's errors: ${errors.join('; ')}`);
      } finally {
        await browser.close();
      }
      for (const program of [recorder, bot]) {
        program.signal('SIGTERM');
        const code = await program.ends(10_000);
        checks.expect(code === 0, `${room}: a program of the examples ends with ${code}: ${program.output}`);
      }
    }),
  );
  const tracks = readdirSync(recordings);
  const trackOf = (identity: string): string =>
    join(recordings, tracks.find((name) => name.startsWith(`${identity}-`)) ?? `no-track-of-${identity}`);
  const person = await judgeSpeech(speechFile, trackOf('ada'));
  const answer = await judgeSpeech(speechFile, trackOf('bot'));
  const page = await judgeSpeech(speechFile, heardPath);
  const mix = await judgeSpeech(speechFile, join(recordings, 'mix.wav'));
  const expectSpeech = (what: string, pesq: number, floor: number): boolean =>
    checks.expect(pesq >= floor, `${room}: ${what} has PESQ ${pesq.toFixed(2)}, below ${floor}`);
  const { once, twice } = FLOORS[talk.microphone];
  expectSpeech('the person, as recorded', person.pesq, once);
  expectSpeech('the mix', mix.pesq, twice);
  expectSpeech("the bot's answer, as recorded", answer.pesq, twice);
  expectSpeech("the bot's answer, as the page plays it", page.pesq, twice);
  return {
    recorderPesq: person.pesq,
    botPesq: answer.pesq,
    pagePesq: page.pesq,
  };
};
