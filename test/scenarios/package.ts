import { copyFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Page } from 'playwright-core';
import { Program, ROOT, withProgram } from '../support/program.ts';
import { speechFile } from '../support/speech.ts';
import { withSystem } from '../support/system.ts';
import { Backend, type RoomName } from './package/backend.ts';
import { converse, FLOORS, type Heard, type Talk } from './package/conversation.ts';
import { type PageServer, startPageServer } from './package/page-server.ts';
import { Project } from './package/project.ts';
import { buildTarball, inspectTarball } from './package/tarball.ts';

const SPEECH_SECONDS = 6;
/** The microphone's file repeats: silence until everybody listens, then while the bot answers. */
const BEFORE_SECONDS = 3;
const AFTER_SECONDS = 12;
const SAMPLE_RATE = 48_000;

/** One utterance with silence around it. */
const writeMicrophone = async (path: string, speech: string): Promise<void> => {
  const writer = new WavWriter(path);
  writer.write(new Float32Array(BEFORE_SECONDS * SAMPLE_RATE));
  writer.write(await readSpeech(readFileSync(speech)));
  writer.write(new Float32Array(AFTER_SECONDS * SAMPLE_RATE));
  writer.close();
};

/** The example page behind Vite's own server, which passes the service on: one origin. */
const withVite = async (
  project: Project,
  service: string,
  use: (join: (token: string) => Talk['join']) => Promise<Heard>,
): Promise<Heard> => {
  const vite = new Program('npm', ['run', 'preview', '--', '--host', '127.0.0.1', '--port', '0'], {
    cwd: join(project.folder, 'browser-vite'),
    env: { PARTYLINE_URL: service, NO_COLOR: '1' },
  });
  return withProgram(vite, async () => {
    const [origin] = await vite.prints(/http:\/\/127\.0\.0\.1:\d+/, 20_000);
    return use((token) => async (page: Page) => {
      await page.goto(`${origin}/#token=${token}`);
      await page.getByLabel('Name').fill('ada');
      await page.getByLabel('Room').fill('vite');
      await page.getByRole('button', { name: 'Join' }).click();
    });
  });
};

const inFolder = async (context: RunContext, folder: string, pages: PageServer): Promise<RunOutcome> => {
  const checks = new Expectations();
  const stages: Record<string, number> = {};
  let lapAt = performance.now();
  /** Seconds since the last call. */
  const lap = (): number => {
    const from = lapAt;
    lapAt = performance.now();
    return Math.round((lapAt - from) / 100) / 10;
  };
  const tarball = await buildTarball(checks);
  inspectTarball(tarball, checks);
  stages.build = lap();
  const project = new Project(folder, checks);
  await project.install(tarball);
  stages.install = lap();
  await project.compile();
  stages.compile = lap();
  pages.serve(await project.bundle());
  await project.buildWithVite();
  stages.bundle = lap();

  const speech = await speechFile({ seconds: SPEECH_SECONDS });
  const microphoneFile = join(folder, 'microphone.wav');
  await writeMicrophone(microphoneFile, speech.path);
  copyFileSync(join(ROOT, 'test/scenarios/package/backend.js'), join(folder, 'backend.js'));
  const backend = new Backend(project);
  const heard = await withProgram(backend.program, async () => {
    const { url: webhookUrl, tokens } = await backend.ready();
    const env = {
      PARTYLINE_API_KEYS: `${backend.apiKey.id}:${backend.apiKey.secret}`,
      PARTYLINE_WEBHOOK_URLS: webhookUrl,
      PARTYLINE_WEBHOOK_SECRET: backend.webhookSecret,
    };
    const talk = (
      room: RoomName,
      service: string,
      microphone: Talk['microphone'],
      join: Talk['join'],
    ): Promise<Heard> => {
      const { path } = speech;
      return converse(
        project,
        { room, service, microphone, tokens: tokens[room], microphoneFile, speechFile: path, join },
        checks,
      );
    };
    const vite = await withSystem({ env }, async ({ api: { url } }) => {
      const told = await withVite(project, url, (joinWith) =>
        talk('vite', url, 'processed', joinWith(tokens.vite.ada)),
      );
      await backend.hears('vite', checks);
      return told;
    });
    stages.vite = lap();
    const origins = { PARTYLINE_CORS_ORIGINS: pages.origin, PARTYLINE_EDGE_ORIGINS: pages.origin };
    const esbuild = await withSystem({ env: { ...env, ...origins } }, async ({ api: { url } }) => {
      const told = await talk('esbuild', url, 'plain', async (page) => {
        const asked = new URLSearchParams({ url, room: 'esbuild', token: tokens.esbuild.ada });
        await page.goto(`${pages.origin}/#${asked}`);
        await page.getByRole('button', { name: 'Join' }).click();
      });
      await backend.hears('esbuild', checks);
      return told;
    });
    stages.esbuild = lap();
    await backend.refuses(checks);
    return { vite, esbuild };
  });
  context.table([
    ['page bundled by', 'person PESQ', 'answer PESQ', 'answer in the page'],
    ...Object.entries(heard).map(([name, { recorderPesq, botPesq, pagePesq }]) => [
      name,
      ...[recorderPesq, botPesq, pagePesq].map((figure) => figure.toFixed(2)),
    ]),
  ]);
  const { packedBytes, pageKb } = tarball;
  context.say(`The tarball has ${(packedBytes / 1_000).toFixed(0)} kB; a page loads ${pageKb} kB of script.`);
  return { ...checks.outcome, packedBytes, pageKb, heard, stages };
};

/** What somebody does who has nothing but the tarball. */
export const run: NamedRun = {
  name: 'package',
  about:
    'The SDK as a tarball: contents, types, a page by Vite and by esbuild, a bot, a recorder, a backend; they talk.',
  floor: `PESQ ${FLOORS.plain.once} from page to Node, ${FLOORS.plain.twice} for the answer`,
  aim: 'PESQ 4 and 3.5',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-package-'));
    const pages = await startPageServer();
    try {
      return await inFolder(context, folder, pages);
    } finally {
      pages.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
