import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import { type System, withSystem } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { decodeChecked, manifestIn } from './files.ts';
import type { Part } from './part.ts';
import { Person } from './person.ts';
import { compareTrack, packetsOf } from './track-file.ts';

const PATH = '/v1/rooms';

interface Reply {
  recording: string;
  state: string;
  place: string;
  speakers: string[];
  seconds: number;
}

const inCall = async (
  system: System,
  context: RunContext,
  checks: Expectations,
): Promise<Record<string, unknown>> => {
  const [eu, us] = [system.adminOf('eu'), system.adminOf('us')];
  const cluster = system.cluster!;
  const ask = async (method: string, path: string, body?: unknown, api = eu): Promise<Reply> => {
    const answer = await api.request(method, `${PATH}/${path}`, body);
    if (answer.status < 300) return answer.body as Reply;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  // Two rooms: the second is for the recorder that has less to do. The other region's directory finds them as well.
  const first = await ask('POST', 'one/recordings', { mix: ['mp3'], name: 'one' });
  const second = await ask('POST', 'two/recordings', { mix: [], name: 'two' }, us);
  const keepers = [await manifestIn(first.place), await manifestIn(second.place)].map(
    ({ recorder }) => recorder,
  );
  checks.expect(keepers[0] !== keepers[1], `${keepers[0]} has both recordings, and the other one none`);
  const again = await us.request('POST', `${PATH}/one/recordings`, {});
  checks.expect(again.status === 409, `a second recording of a room answers ${again.status}`);

  const people = [new Person(system, 'one', 'ada'), new Person(system, 'one', 'bob', 1)];
  for (const person of people) await person.join();
  const told = () => people.every(({ room }) => room.recording !== undefined);
  checks.expect(await holdsWithin(told, 5_000), 'somebody on some edge is not told');
  const speaks = Promise.all([people[0]!.speak(14, 0), people[1]!.speak(14, 2)]);
  await forMs(3_000);
  // The edge of the call is drained: its speaker and the recorder, which placement put there as well, move.
  const { state } = people[0]!.room;
  const drained = state.phase === 'live' ? state.edge : '';
  const { status } = await eu.request('POST', `/v1/edges/${drained}/drain`, { windowSeconds: 1 });
  checks.expect(status < 300, `the drain of ${drained} answers ${status}`);
  await forMs(4_000);
  const keeper = cluster.recorders.find(({ id }) => id === keepers[0])!;
  checks.expect(keeper !== undefined, `no recorder is called ${keepers[0]}`);
  await keeper.member.kill();
  const stays = await ask('GET', `two/recordings/${second.recording}`);
  checks.expect(stays.state === 'recording', 'the other recorder no longer records');
  await keeper.member.start();
  const goesOn = async (): Promise<boolean> => {
    const { status, body } = await us.request('GET', `${PATH}/one/recordings/${first.recording}`);
    return status === 200 && (body as Reply).state === 'recording';
  };
  checks.expect(await holdsWithin(goesOn, 15_000, 100), 'the recorder does not go on after it was killed');
  await speaks;
  const ended = await ask('DELETE', `one/recordings/${first.recording}`, undefined, us);
  checks.expect(ended.state === 'done', `the first ended as ${ended.state}`);
  await ask('DELETE', `two/recordings/${second.recording}`);
  const untold = () => people.every(({ room }) => room.recording === undefined);
  checks.expect(await holdsWithin(untold, 5_000), 'somebody is still told that the room is recorded');
  const moves = people.map(({ room }) => room.getStats().moves);
  checks.expect(moves[0] === 1, `the drained edge moved its speaker ${moves[0]} times`);
  for (const person of people) await person.leave();

  const { parts } = await manifestIn(first.place);
  checks.expect(parts.length === 2, `${parts.length} parts`);
  const rows: (string | number)[][] = [['part', 'track', 'sent meanwhile', 'missing', 'worst ms']];
  for (const [index, part] of parts.entries()) {
    const startedAtMs = Date.parse(part.startedAt);
    // Of a killed recorder the last half second may be missing; the other one may have begun within a frame.
    const endsAtMs = startedAtMs + (part.seconds - (index === 0 ? 1 : 0)) * 1_000;
    for (const { file, identity } of part.tracks) {
      const person = people.find((one) => one.identity === identity)!;
      const sent = person.sent.filter(
        ({ capturedAtMs }) => capturedAtMs > startedAtMs + 100 && capturedAtMs < endsAtMs - 60,
      );
      const compared = compareTrack(await packetsOf(join(first.place, file)), sent, startedAtMs);
      checks.expect(
        compared.missing <= 3 && compared.worstMs <= 20,
        `${file}: ${compared.missing} of ${sent.length} packets missing, the worst ${compared.worstMs} ms off`,
      );
      rows.push([part.number, file, sent.length, compared.missing, compared.worstMs.toFixed(1)]);
    }
    checks.expect(part.tracks.length === 2, `part ${part.number} has ${part.tracks.length} tracks`);
  }
  const last = parts.at(-1)!;
  for (const { file } of [...last.mix, ...last.tracks]) {
    await decodeChecked(join(first.place, file), last.seconds, checks);
  }
  context.table(rows);
  context.say(`Moves of the speakers: ${moves.join(', ')}`);
  return { moves };
};

/** Recorders as processes of their own. */
export const clusterPart: Part = {
  name: 'cluster',
  about: 'two regions, two recorders: shared work, an edge drained, a recorder killed and started again',
  run: (context, checks, folder) =>
    withSystem(
      {
        shape: 'cluster',
        cluster: {
          regions: [
            { name: 'eu', edges: 2, directories: 1, recorders: 2 },
            { name: 'us', edges: 1, directories: 1 },
          ],
          recorderEnv: { PARTYLINE_RECORDINGS: folder },
        },
      },
      (system) => inCall(system, context, checks),
    ),
};
