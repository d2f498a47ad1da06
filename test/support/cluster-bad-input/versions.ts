import { fileURLToPath } from 'node:url';
import { freePort } from '@partyline/redis/server';
import type { Caller } from '../caller.ts';
import { LogWatch } from '../log-watch.ts';
import { mute } from '../moderation.ts';
import { type System, withSystem } from '../system.ts';
import { LaterDirectory } from '../versions/later-directory.ts';
import { LaterLine } from '../versions/later-line.ts';
import { PreviousCheckout } from '../versions/previous-checkout.ts';
import { holdsWithin } from '../wait.ts';
import { duringCall, type WatchedCall } from './call.ts';
import type { ClusterCase, Note } from './case.ts';

const LATER_EDGE = fileURLToPath(new URL('../versions/edge-with-later-version.ts', import.meta.url));
const DRAIN_SECONDS = 1;
const ROOM = 'versions';

/** Which version each process is of; what is not named is of this one. */
const LATER = ['eu-edge-2'];
const PREVIOUS = ['us-edge-1', 'us-directory-1'];

interface Versions {
  system: System;
  previous: PreviousCheckout | undefined;
  later: LaterDirectory;
  line: LaterLine;
}

/**
 * @param ref of the previous version; see PreviousCheckout
 * @param isRequired whether it is a failure that there is none; otherwise a note says so
 */
export const mixedVersions = (ref: string | undefined, isRequired: boolean): ClusterCase => ({
  name: 'previous, this and a later version: edges, directories and clients in one call',
  expected:
    'speech, chat, mutes and drains work between all of them; nothing lost, what is not known counted',
  attempt: async (note) => {
    const previous = await PreviousCheckout.open(ref);
    if (previous === undefined && isRequired) {
      return 'there is no previous version to try: the clone has no history (fetch it whole, not with --depth)';
    }
    note(
      previous === undefined
        ? 'NOT tried with a previous version, as there is no history here'
        : `the previous version is ${previous.commit}`,
    );
    const port = await freePort('127.0.0.1');
    const later = await LaterDirectory.start(`http://127.0.0.1:${port}`);
    const line = await LaterLine.start();
    const log = new LogWatch();
    const programOf = (id: string): string | undefined => {
      if (LATER.includes(id)) return LATER_EDGE;
      if (!PREVIOUS.includes(id)) return undefined;
      return id.includes('edge') ? previous?.edgeProgram : previous?.directoryProgram;
    };
    const cluster = {
      port,
      edgeProgram: programOf,
      directoryProgram: programOf,
      // The only directory that edges know is of a later version.
      edgeEnv: { PARTYLINE_DIRECTORY_URLS: later.url },
      onLine: log.onLine,
    };
    try {
      return await withSystem(
        { shape: 'cluster', cluster },
        async (system) => (await together({ system, previous, later, line }, note)) ?? log.take()[0],
      );
    } finally {
      await line.stop();
      await later.stop();
      await previous?.remove();
    }
  },
});

const together = async (versions: Versions, note: Note): Promise<string | undefined> => {
  const { system, line } = versions;
  const people = await gather(versions);
  try {
    const here = people.find((person) => person.identity === `this-on-${system.edges[0]}`)!;
    const afar = people.find((person) => person.identity === `previous-on-${system.edges[0]}`)!;
    const fromLater = people.find((person) => person.identity === `later-on-${system.edges[2]}`)!;
    const call = { people, speakers: [here, afar, fromLater] };
    const trouble = await duringCall(
      system,
      call,
      note,
      async () => (await chat(people)) ?? (await moderate(system, call)) ?? (await drainEach(system, people)),
    );
    return trouble ?? (await countedAll(system, people, line));
  } finally {
    await Promise.all(people.map((person) => person.leave()));
  }
};

/** On each edge somebody with each version of the SDK. */
const gather = async ({ system, previous, later, line }: Versions): Promise<Caller[]> => {
  const sdk = await previous?.sdk();
  const people: Caller[] = [];
  for (const edge of system.edges) {
    const as = (version: string) => ({ room: ROOM, identity: `${version}-on-${edge}`, edge });
    people.push(
      await system.call({ ...as('this'), via: 'us' }),
      await system.call({ ...as('previous'), via: 'eu' }, sdk && { sdk }),
      await system.call(as('later'), { url: later.url, line: (network) => line.through(network) }),
    );
  }
  return people;
};

const chat = async (people: readonly Caller[]): Promise<string | undefined> => {
  const heard = new Map<Caller, Set<string>>();
  for (const person of people) {
    const from = new Set<string>();
    heard.set(person, from);
    person.room.on('data', (data) => void from.add(data.from));
  }
  for (const sender of people) {
    const { recipients } = await sender.room.sendData({ text: 'hello', label: 'chat' });
    if (recipients !== people.length - 1) return `what ${sender.identity} wrote was passed to ${recipients}`;
  }
  const all = (): boolean => [...heard.values()].every((from) => from.size === people.length - 1);
  return (await holdsWithin(all, 2_000)) ? undefined : 'not everybody got what everybody wrote';
};

/** Each directory mutes somebody on each edge who does not speak. */
const moderate = async (system: System, { people, speakers }: WatchedCall): Promise<string | undefined> => {
  for (const via of ['eu', 'us']) {
    for (const edge of system.edges) {
      const one = people.find((person) => person.edge === edge && !speakers.includes(person))!;
      for (const muted of [true, false]) {
        const { status } = await mute(system.adminOf(via), ROOM, one.identity, muted);
        if (status !== 200) return `muting ${one.identity} by ${via} was answered by ${status}`;
        const isTold = (): boolean =>
          people.every(
            ({ room }) =>
              room.participants.find(({ identity }) => identity === one.identity)?.moderated === muted,
          );
        if (!(await holdsWithin(isTold, 2_000)))
          return `not everybody is shown ${one.identity} as moderated: ${muted}`;
      }
    }
  }
  return undefined;
};

/** Everybody moves from each edge to the others, and the edge takes people again. */
const drainEach = async (system: System, people: readonly Caller[]): Promise<string | undefined> => {
  for (const [index, edge] of system.edges.entries()) {
    const admin = system.adminOf(index % 2 === 0 ? 'us' : 'eu');
    const path = `/v1/edges/${edge}/drain`;
    const drained = await admin.request('POST', path, { windowSeconds: DRAIN_SECONDS });
    if (drained.status !== 200) return `draining ${edge} was answered by ${drained.status}`;
    const areGone = (): boolean =>
      people.every((person) => person.edge !== undefined && person.edge !== edge);
    if (!(await holdsWithin(areGone, 1_000 * DRAIN_SECONDS + 5_000))) {
      const stayed = people.filter((person) => person.edge === edge || person.edge === undefined);
      return `${stayed.map(({ identity }) => identity).join(', ')} did not leave ${edge}`;
    }
    const back = await admin.request('POST', path, { resume: true });
    if (back.status !== 200) return `letting ${edge} work again was answered by ${back.status}`;
  }
  return undefined;
};

/** What a later version said that is not known here was counted as that, and nothing as broken. */
const countedAll = async (
  system: System,
  people: readonly Caller[],
  { toEdges, toClients }: LaterLine,
): Promise<string | undefined> => {
  const page = await system.metrics();
  const control = (outcome: string): number => page.sum('partyline_control_messages_total', { outcome });
  const peers = (reason: string): number => page.sum('partyline_peer_messages_lost_total', { reason });
  const bundles = (reason: string): number => page.sum('partyline_bus_bundles_refused_total', { reason });
  const malformed = people.reduce((sum, { room }) => sum + room.getStats().downlink.malformedMessages, 0);
  if (toEdges.text === 0 || toClients.text === 0) return 'no message of a later version was sent';
  // The last ones may still be under way.
  const nearly = (counted: number, sent: number): boolean => counted > 0 && counted <= sent;
  if (!nearly(control('unknown'), toEdges.text))
    return `${control('unknown')} of ${toEdges.text} messages of later clients were counted as unknown`;
  if (!nearly(malformed, toClients.media))
    return `${malformed} of ${toClients.media} media messages of later edges were counted by clients`;
  if (peers('unknown_type') === 0 || peers('unknown_version') === 0 || bundles('unknown_version') === 0)
    return 'what a later edge says to others was not counted';
  const broken = control('invalid') + peers('malformed') + bundles('malformed');
  return broken === 0 ? undefined : `${broken} messages were taken for broken`;
};
