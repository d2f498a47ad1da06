import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import { mintAccessToken } from '@partyline/tokens';
import { ApiClient } from '../../support/api-client.ts';
import { serve, withProgram } from '../../support/program.ts';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { decodeChecked, manifestIn } from './files.ts';
import type { Part } from './part.ts';
import { Person } from './person.ts';
import { compareTrack, packetsOf } from './track-file.ts';

const ROOM = 'asked-for';
const KEY = { id: 'key', secret: 'a-secret-of-at-least-thirty-two-bytes' };

interface Reply {
  recording: string;
  state: string;
  seconds: number;
  bytes: number;
  speakers: string[];
  files: string[];
  place: string;
}

/** @throws Error with the API's own words when it says no */
const ask = async (api: ApiClient, method: string, path: string, body?: unknown): Promise<Reply> => {
  const answer = await api.request(method, path, body);
  if (answer.status < 300) return answer.body as Reply;
  throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
};

/** What a person needs of a system, of one that may be killed. */
const systemAt = (url: string): Pick<System, 'apiUrls' | 'token'> => ({
  apiUrls: [url],
  token: (options) => mintAccessToken({ keyId: KEY.id, secret: KEY.secret, ...options }),
});

const inCall = async (
  context: RunContext,
  checks: Expectations,
  folder: string,
): Promise<Record<string, unknown>> => {
  const env = { PARTYLINE_API_KEYS: `${KEY.id}:${KEY.secret}`, PARTYLINE_RECORDINGS: join(folder, 'kept') };
  const admin = await mintAccessToken({ keyId: KEY.id, secret: KEY.secret, admin: true });
  const moderator = await mintAccessToken({
    keyId: KEY.id,
    secret: KEY.secret,
    room: ROOM,
    identity: 'chair',
    grants: { moderate: true },
  });
  const begin = async (use: (url: string, kill: () => void) => Promise<void>): Promise<void> => {
    const program = serve([], { env });
    await withProgram(program, async () => {
      const [, url] = await program.prints(/is ready: (\S+)/, 30_000);
      await use(url!.replace(/\/$/, ''), () => program.signal('SIGKILL'));
    });
  };
  const path = `/v1/rooms/${ROOM}/recordings`;
  let id = '';
  let first: Person | undefined;
  await begin(async (url, kill) => {
    const chair = new ApiClient(url, moderator);
    const ada = new Person(systemAt(url), ROOM, 'ada');
    await ada.join();
    checks.expect(ada.room.recording === undefined, 'the room is recorded before anybody asked');
    const begun = await ask(chair, 'POST', path, { mix: ['wav', 'mp3'], name: 'meeting' });
    id = begun.recording;
    checks.expect(
      await holdsWithin(() => ada.room.recording !== undefined, 2_000),
      'the answer came, and the room was not told',
    );
    const again = await chair.request('POST', path, {});
    checks.expect(again.status === 409, `a second recording of the room answers ${again.status}`);
    const speaks = ada.speak(6, 0);
    await forMs(3_000);
    const early = await ask(chair, 'GET', `${path}/${id}`);
    checks.expect(
      early.state === 'recording' && early.seconds > 2 && early.bytes > 0,
      `progress: ${JSON.stringify(early)}`,
    );
    await speaks;
    checks.expect(
      (await ask(chair, 'GET', `${path}/${id}`)).speakers.join() === 'ada',
      'the speaker is not told of',
    );
    first = ada;
    // The whole process: service and recorder.
    kill();
    await ada.room.leave().catch(() => undefined);
  });
  await begin(async (url) => {
    const api = new ApiClient(url, admin);
    const isOn = async (): Promise<boolean> => {
      const { status, body } = await api.request('GET', `${path}/${id}`);
      return status === 200 && (body as Reply).state === 'recording';
    };
    checks.expect(await holdsWithin(isOn, 15_000, 100), 'the next process does not go on with the recording');
    const bob = new Person(systemAt(url), ROOM, 'bob');
    await bob.join();
    const told = () => bob.room.recording !== undefined;
    checks.expect(await holdsWithin(told, 10_000), 'the room is not told by the one that goes on');
    await bob.speak(3, 2);
    const ended = await ask(api, 'DELETE', `${path}/${id}`);
    checks.expect(ended.state === 'done', `it ended as ${ended.state}`);
    checks.expect(
      await holdsWithin(() => bob.room.recording === undefined, 3_000),
      'the room is told that it is recorded when that is over',
    );
    await bob.leave();
    const manifest = await manifestIn(join(folder, 'kept', 'meeting'));
    checks.expect(manifest.parts.length === 2, `${manifest.parts.length} parts`);
    const rows: (string | number)[][] = [['part', 'track', 'sent', 'found', 'worst ms']];
    for (const [index, person] of [first!, bob].entries()) {
      const part = manifest.parts[index]!;
      const track = part.tracks.find(({ identity }) => identity === person.identity);
      if (!checks.expect(track !== undefined, `part ${part.number} has no track of ${person.identity}`))
        continue;
      const file = join(folder, 'kept', 'meeting', track!.file);
      const compared = compareTrack(await packetsOf(file), person.sent, Date.parse(part.startedAt));
      // Of a killed recorder the last half second may be missing.
      const mayMiss = index === 0 ? 40 : 3;
      checks.expect(
        compared.missing <= mayMiss && compared.worstMs <= 20,
        `${track!.file}: ${JSON.stringify(compared)}`,
      );
      rows.push([part.number, track!.file, person.sent.length, compared.found, compared.worstMs.toFixed(1)]);
    }
    const last = manifest.parts[1]!;
    for (const { file } of [...last.mix, ...last.tracks]) {
      await decodeChecked(join(folder, 'kept', 'meeting', file), last.seconds, checks);
    }
    const stranger = new ApiClient(url, await systemAt(url).token({ room: ROOM, identity: 'eve' }));
    const refused = await stranger.request('POST', path, {});
    checks.expect(refused.status === 403, `somebody without the grant is answered ${refused.status}`);
    context.table(rows);
  });
  return {};
};

/** Recordings that the API starts and stops, in one process with everything else. */
export const apiPart: Part = {
  name: 'api',
  about: 'started and ended by the API in npm start, which is killed in between: the next start goes on',
  run: inCall,
};
