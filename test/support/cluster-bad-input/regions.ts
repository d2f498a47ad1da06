import { freePort } from '@partyline/redis/server';
import { Caller } from '../caller.ts';
import { MetricsPage } from '../metrics-page.ts';
import { mute } from '../moderation.ts';
import { type Program, withProgram } from '../program.ts';
import { speech } from '../synthetic-voice.ts';
import type { System } from '../system.ts';
import { Talkers } from '../talkers.ts';
import { holdsWithin } from '../wait.ts';
import { besideCall } from './call.ts';
import type { ClusterCase } from './case.ts';
import { isReady, linesOf, opsPage, redisSettings, START_MS, startProgram } from './processes.ts';

const OWN = 'eu';
/** A join may wait for a region that does not answer, once. */
const JOIN_MS = 1_500;

const asksForMars = async (system: System, url: string, room: string, region: string): Promise<string> => {
  const token = await system.token({ room, identity: `to-${region}` });
  const beganAtMs = performance.now();
  const { edge } = await system.api.at(url).as(token).join(room, { region });
  const tookMs = performance.now() - beganAtMs;
  if (tookMs > JOIN_MS) throw new Error(`a join to region ${region} took ${tookMs.toFixed(0)} ms`);
  return edge;
};

/** An edge whose region no directory has in its settings. */
export const unknownRegion = (system: System): ClusterCase => ({
  name: 'edge: a region that the directories do not know; a join that asks for it',
  expected: 'ready and idle, one line that names the settings, exported; the join goes to another region',
  attempt: (note) =>
    besideCall(system, 'region-unknown', note, async () => {
      const { cluster } = system;
      const opsPort = await freePort('127.0.0.1');
      const env = {
        PARTYLINE_EDGE_ID: 'mars-edge-1',
        PARTYLINE_EDGE_REGION: 'mars',
        PARTYLINE_EDGE_PORT: '0',
        PARTYLINE_OPS_PORT: String(opsPort),
        PARTYLINE_REDIS_URL: cluster.redis.get(OWN)!.url,
        PARTYLINE_DIRECTORY_URLS: cluster.directories.map(({ url }) => url).join(','),
      };
      return withProgram(startProgram('edge', env, true), async (program) => {
        const says = /do not know the region mars, only eu, us: .*PARTYLINE_EDGE_REGION/;
        await program.prints(says, START_MS);
        if (!(await isReady(program, opsPort))) return `it is not ready: ${program.output.slice(-300)}`;
        const page = new MetricsPage((await opsPage(opsPort, '/metrics')).body);
        const [series] = page.select('partyline_edge_region_known');
        if (series?.value !== 0) return `partyline_edge_region_known is ${series?.value}`;
        const lines = linesOf(program, /region mars/);
        if (lines.length !== 1) return `${lines.length} lines: ${lines.join(' | ')}`;
        const edge = await asksForMars(system, cluster.url, 'region-mars', 'mars');
        return system.edges.includes(edge) ? undefined : `the join was sent to ${edge}`;
      });
    }),
});

/**
 * The own region named beside itself, one that does not exist, and one whose Redis answers but has no edge: in the
 * settings of a directory and of an edge that people then use.
 */
export const strangeRegions = (system: System): ClusterCase => ({
  name: 'PARTYLINE_REDIS_REGIONS: the own region, one that does not exist, one without edges',
  expected: 'the own one ignored, a line for each other; joins, speech and moderation across regions work',
  attempt: (note) =>
    besideCall(system, 'region-strange', note, async () => {
      const { cluster } = system;
      const redis = redisSettings(cluster, OWN);
      const nowhere = `redis://127.0.0.1:${await freePort('127.0.0.1')}`;
      const own = cluster.redis.get(OWN)!.url;
      const [port, opsPort, edgeOpsPort] = await Promise.all([
        freePort('127.0.0.1'),
        freePort('127.0.0.1'),
        freePort('127.0.0.1'),
      ]);
      const edgePort = String(await freePort('127.0.0.1'));
      const url = `http://127.0.0.1:${port}`;
      const shared = {
        ...redis,
        PARTYLINE_REDIS_REGIONS: `${OWN}=${own};${redis.PARTYLINE_REDIS_REGIONS};mars=${nowhere};pluto=${own}`,
      };
      const directory = startProgram(
        'directory',
        {
          ...shared,
          PARTYLINE_DIRECTORY_REGION: OWN,
          PARTYLINE_DIRECTORY_PORT: String(port),
          PARTYLINE_OPS_PORT: String(opsPort),
          PARTYLINE_API_KEYS: `${cluster.apiKey.id}:${cluster.apiKey.secret}`,
          PARTYLINE_TICKET_KEY: cluster.ticketKey,
        },
        true,
      );
      return withProgram(directory, async () => {
        const edge = startProgram(
          'edge',
          {
            ...shared,
            PARTYLINE_EDGE_ID: 'eu-edge-strange',
            PARTYLINE_EDGE_REGION: OWN,
            PARTYLINE_EDGE_PORT: edgePort,
            PARTYLINE_EDGE_URL: `ws://127.0.0.1:${edgePort}/v1/ws`,
            PARTYLINE_OPS_PORT: String(edgeOpsPort),
            PARTYLINE_EDGE_ORIGINS: '*',
            PARTYLINE_EDGE_DRAIN_WINDOW: '1',
            PARTYLINE_DIRECTORY_URLS: url,
          },
          true,
        );
        return withProgram(edge, async () => {
          if (!(await isReady(directory, opsPort))) return `no directory: ${directory.output.slice(-300)}`;
          if (!(await isReady(edge, edgeOpsPort))) return `no edge: ${edge.output.slice(-300)}`;
          for (const region of ['mars', 'pluto']) await asksForMars(system, url, `to-${region}`, region);
          const trouble = await visit(system, url);
          if (trouble !== undefined) return trouble;
          await directory.prints(/The region pluto has no edge/, START_MS);
          return (
            linesAre(directory, [/nothing listens there/, /region pluto has no edge/], /region mars/) ??
            linesAre(edge, [/nothing listens there/], /region (mars|pluto)/)
          );
        });
      });
    }),
});

/** Each exactly once, and the other never. */
const linesAre = (program: Program, once: readonly RegExp[], never: RegExp): string | undefined => {
  for (const says of once) {
    const lines = linesOf(program, says);
    if (lines.length !== 1) return `${lines.length} lines match ${says}: ${lines.join(' | ').slice(0, 600)}`;
  }
  const [line] = linesOf(program, never);
  return line;
};

/** Somebody on the new edge and somebody in the other region talk with each other, and are moderated. */
const visit = async (system: System, url: string): Promise<string | undefined> => {
  const room = 'region-visit';
  const talkers = new Talkers();
  const token = (): Promise<string> => system.token({ room, identity: 'visitor' });
  const visitor = await Caller.join({ url, room, token, avoid: system.edges, region: OWN });
  const host = await system.call({ room, identity: 'host', edge: system.edges.at(-1)! });
  try {
    if (visitor.edge !== 'eu-edge-strange') return `the visitor was sent to ${visitor.edge}`;
    for (const caller of [visitor, host]) talkers.say(caller, speech(40));
    const hear = await holdsWithin(
      () => visitor.of(host.streamId).length > 25 && host.of(visitor.streamId).length > 25,
      5_000,
    );
    if (!hear) return 'the regions do not hear each other';
    const { status } = await mute(system.admin.at(url), room, 'host', true);
    // The region that does not exist takes no moderation.
    if (status !== 202) return `a mute was answered by ${status}`;
    if (!(await holdsWithin(() => host.room.moderated, 2_000))) return 'the mute was not carried out';
    await visitor.leave();
    const left = await holdsWithin(() => host.departures.includes(visitor.streamId), 2_000);
    return left ? undefined : 'nobody was told that the visitor left';
  } finally {
    talkers.stop();
    await Promise.all([visitor.leave(), host.leave()]);
  }
};
