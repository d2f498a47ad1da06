import { CLOSE } from '@partyline/protocol';
import type { ApiAnswer } from '../../support/api-client.ts';
import type { RawClient } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { directoriesOf, type Part, type PartContext } from './part.ts';

const ROUNDS = 4;
const CREATIONS = 8;
const IDENTITIES = 5;
/** What two regions need at most to agree on who stays. */
const SETTLED_MS = 3_000;

interface Settings {
  maxParticipants: number;
  metadata: string;
}

const settingsIn = ({ body }: ApiAnswer): string => {
  const { maxParticipants, metadata } = body as Partial<Settings>;
  return JSON.stringify({ maxParticipants, metadata });
};

/** Creations with different settings by all directories at once: one version wins. */
const create = async (system: System, room: string): Promise<ApiAnswer[]> => {
  const directories = directoriesOf(system);
  return Promise.all(
    Array.from({ length: CREATIONS }, (_, i) =>
      system.adminOf(directories[i % directories.length]!).request('POST', '/v1/rooms', {
        room,
        settings: { maxParticipants: 100 + i, metadata: `version ${i}` },
      }),
    ),
  );
};

const expectOneVersion = async (
  { system, checks }: PartContext,
  room: string,
  answers: readonly ApiAnswer[],
): Promise<void> => {
  const shown = await Promise.all(
    directoriesOf(system).map((id) => system.adminOf(id).request('GET', `/v1/rooms/${room}`)),
  );
  const versions = new Set(shown.map(settingsIn));
  checks.expect(versions.size === 1, `${room}: directories show ${[...versions].join(' and ')}`);
  const taken = answers.filter(({ status }) => status < 300);
  checks.expect(
    taken.every((answer) => versions.has(settingsIn(answer))),
    `${room}: a creation was confirmed with ${taken.map(settingsIn).join(', ')}, but ${[...versions]} is shown`,
  );
  checks.expect(
    answers.every(({ status }) => [200, 201, 409].includes(status)),
    `${room}: creations are answered by ${answers.map(({ status }) => status).join(', ')}`,
  );
};

/** The same identities join by every directory, on every edge, at once. */
const joinAll = (system: System, room: string): Promise<RawClient[]> =>
  Promise.all(
    Array.from({ length: IDENTITIES }, (_, i) =>
      directoriesOf(system).map((via, turn) => {
        const edge = system.edges[(i + turn) % system.edges.length]!;
        // One of them only listens, and is announced to nobody.
        return system.join({ room, identity: `person-${i}`, via, edge, grants: { publish: i !== 0 } });
      }),
    ).flat(),
  );

const expectOneSession = async (
  { system, checks }: PartContext,
  room: string,
  clients: readonly RawClient[],
): Promise<void> => {
  const live = (): RawClient[] => clients.filter(({ closed }) => closed === undefined);
  await holdsWithin(() => live().length === IDENTITIES, SETTLED_MS);
  // Nobody else is closed once everything has been told.
  await forMs(500);
  const alive = live();
  const identities = alive.map(({ reply }) => reply!.identity).sort();
  const expected = Array.from({ length: IDENTITIES }, (_, i) => `person-${i}`);
  checks.expect(
    identities.join() === expected.join(),
    `${room}: of ${expected.join(', ')} each should have one session, but there are ${identities.join(', ')}`,
  );
  checks.expect(
    new Set(alive.map(({ streamId }) => streamId)).size === alive.length,
    `${room}: two participants have the same stream id`,
  );
  for (const { closed, reply, messages } of clients.filter((client) => client.closed !== undefined)) {
    const told = messages.some((message) => message.type === 'error' && message.code === 'replaced');
    // Who comes too late with its ticket learns the same at its hello.
    const inTime =
      told || messages.some((message) => message.type === 'error' && message.code === 'not_current');
    checks.expect(
      closed?.code === CLOSE.replaced && inTime,
      `${room}: a session of ${reply?.identity} that gave way was closed with ${closed?.code}, told: ${told}`,
    );
  }
  await expectListed(checks, system, room, alive);
};

/** Every directory lists those who are connected, by their own stream ids, and nobody else. */
const expectListed = async (
  checks: PartContext['checks'],
  system: System,
  room: string,
  alive: readonly RawClient[],
): Promise<void> => {
  const there = alive.map(({ streamId, reply }) => `${reply!.identity} ${streamId}`).sort();
  for (const id of directoriesOf(system)) {
    let listed: string[] = [];
    const agrees = await holdsWithin(
      async () => {
        const { body } = await system.adminOf(id).request('GET', `/v1/rooms/${room}/participants`);
        const { participants = [] } = body as { participants?: { identity: string; streamId: number }[] };
        listed = participants.map(({ identity, streamId }) => `${identity} ${streamId}`).sort();
        return listed.join() === there.join();
      },
      5_000,
      100,
    );
    checks.expect(agrees, `${room}: ${id} lists ${listed.join(', ')}, but there are ${there.join(', ')}`);
  }
};

/** What everybody in the room is told of the others, in the end. */
const expectAnnounced = (checks: PartContext['checks'], room: string, alive: readonly RawClient[]): void => {
  const speaking = alive.filter(({ reply }) => reply!.identity !== 'person-0');
  for (const client of alive) {
    const known = new Map<number, string>();
    for (const message of client.messages) {
      if (message.type === 'welcome') {
        known.clear();
        for (const { streamId, identity } of message.participants) known.set(streamId, identity);
      } else if (message.type === 'participants') {
        for (const { streamId, identity } of message.joined ?? []) known.set(streamId, identity);
        for (const streamId of message.left ?? []) known.delete(streamId);
      }
    }
    const shown = [...known].map(([streamId, identity]) => `${identity} ${streamId}`).sort();
    const there = speaking.map(({ streamId, reply }) => `${reply!.identity} ${streamId}`).sort();
    checks.expect(
      shown.join() === there.join(),
      `${room}: ${client.reply!.identity} is told of ${shown.join(', ')}, but there are ${there.join(', ')}`,
    );
  }
};

const round = async (given: PartContext, number: number): Promise<void> => {
  const { system, checks } = given;
  const room = `race-${number}`;
  // In every second round people come while the room is still being made.
  const isMixed = number % 2 === 1;
  const creating = create(system, room);
  if (!isMixed) await creating;
  const clients = await joinAll(system, room);
  await expectOneVersion(given, room, await creating);
  await expectOneSession(given, room, clients);
  const alive = clients.filter(({ closed }) => closed === undefined);
  expectAnnounced(checks, room, alive);
  await Promise.all(alive.map((client) => client.leave()));
};

/** Directories racing on one room. */
export const races: Part = async (given) => {
  for (let number = 0; number < ROUNDS; number++) await round(given, number);
};
