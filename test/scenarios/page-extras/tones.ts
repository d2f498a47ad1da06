import { joinRoom, type Room } from '@partyline/client';
import { nodeNetwork } from '@partyline/client/node';
import type { CallPage } from '../../browser/call-page.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { composerOf, openTab, type Stage } from './part.ts';

declare global {
  interface Window {
    /** Frequencies of the tones that the page made, and when (ms), as the probe wrote them down. */
    partylineTones?: { hz: number; atMs: number }[];
  }
}

/** The first note of each tone. */
const FIRST_HZ = { join: 523.25, leave: 659.26, message: 1_046.5, muted: 587.33, unmuted: 440 } as const;
const CROWD = 12;
/** A crowd sounds once a second; connecting it may take longer on a busy machine. */
const CROWD_SETTLES_MS = 2_500;

/** Runs in the page before its own script: writes down every oscillator. */
export const probeTones = (): void => {
  const made: { hz: number; atMs: number }[] = [];
  window.partylineTones = made;
  window.OscillatorNode = new Proxy(OscillatorNode, {
    construct: (Node, [context, options]: [BaseAudioContext, OscillatorOptions]) => {
      made.push({ hz: options.frequency ?? 0, atMs: performance.now() });
      return new Node(context, options);
    },
  });
};

const tonesOf = ({ page }: CallPage): Promise<{ hz: number; atMs: number }[]> =>
  page.evaluate(() => window.partylineTones ?? []);

/** More than a second, so that no tone is left out for the one before it: that may be of what came before this part. */
const APART_MS = 1_100;

/** What is heard beside voices: when somebody comes, goes or writes, and for one's own microphone. */
export const tones = async ({ url, room, ada, grace, checks }: Stage): Promise<void> => {
  const since = async (atMs: number): Promise<number[]> =>
    (await tonesOf(grace)).filter((tone) => tone.atMs >= atMs).map(({ hz }) => hz);
  const nowOf = ({ page }: CallPage): Promise<number> => page.evaluate(() => performance.now());
  const sounds = async (name: keyof typeof FIRST_HZ, atMs: number): Promise<boolean> =>
    holdsWithin(async () => (await since(atMs)).includes(FIRST_HZ[name]), 4_000, 50);
  const joinAs = (name: string): Promise<Room> => joinRoom({ url, room, name, network: nodeNetwork({}) });

  await forMs(APART_MS);
  let atMs = await nowOf(grace);
  const visitor = await joinAs('Visitor');
  checks.expect(await sounds('join', atMs), 'nothing is heard when somebody comes');
  await forMs(APART_MS);
  atMs = await nowOf(grace);
  await openTab(ada, 'Chat');
  await composerOf(ada).fill('ding');
  await composerOf(ada).press('Enter');
  checks.expect(await sounds('message', atMs), 'nothing is heard when somebody writes');
  await forMs(APART_MS);
  atMs = await nowOf(grace);
  await visitor.leave();
  checks.expect(await sounds('leave', atMs), 'nothing is heard when somebody goes');
  atMs = await nowOf(grace);
  await grace.press('Mute');
  checks.expect(await sounds('muted', atMs), 'nothing is heard when one mutes oneself');
  await forMs(300);
  atMs = await nowOf(grace);
  await grace.press('Unmute');
  checks.expect(await sounds('unmuted', atMs), 'nothing is heard when one unmutes oneself');

  await forMs(APART_MS);
  atMs = await nowOf(grace);
  const crowd = await Promise.all(Array.from({ length: CROWD }, (_, at) => joinAs(`Crowd ${at}`)));
  await forMs(CROWD_SETTLES_MS);
  await Promise.all(crowd.map((one) => one.leave()));
  await forMs(CROWD_SETTLES_MS);
  const heard = await since(atMs);
  const seconds = ((await nowOf(grace)) - atMs) / 1_000;
  // Each tone has two notes.
  const beeps = heard.length / 2;
  checks.expect(
    beeps >= 1 && beeps <= seconds + 1,
    `a crowd of ${CROWD} sounds ${beeps} times in ${seconds} s`,
  );

  atMs = await nowOf(grace);
  await grace.press('Deafen');
  await (await joinAs('Unheard')).leave();
  await forMs(1_500);
  checks.expect((await since(atMs)).length === 0, 'somebody who is deafened hears tones');
  await grace.press('Deafen');
  await grace.press('Settings');
  await grace.page.getByRole('switch', { name: 'Sounds of the room' }).click();
  await grace.page.keyboard.press('Escape');
  await forMs(300);
  atMs = await nowOf(grace);
  await (await joinAs('Silent')).leave();
  await forMs(1_500);
  checks.expect((await since(atMs)).length === 0, 'tones are heard though they were switched off');
};
