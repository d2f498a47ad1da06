import { keySlot, SLOTS } from '../key-slot.ts';
import { RedisServer, type RedisServerOptions } from './redis-server.ts';

export interface RedisClusterOptions extends Pick<RedisServerOptions, 'host' | 'password' | 'settings'> {
  /** 3 unless given. */
  masters?: number;
  /** Of every master; 0 unless given. Without any, the slots of a killed master are away until it is back. */
  replicas?: number;
}

const START_DEADLINE_MS = 20_000;
const POLL_MS = 25;
/** Short, so that tests need not wait long for a fail-over; three to five times more is usual. */
const NODE_TIMEOUT_MS = 1_000;

/** A real Redis Cluster on one machine, its slots shared evenly among the masters. */
export class RedisCluster {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  /** By index of master; every node knows itself and others by such an id. */
  readonly #ids: string[] = [];

  private constructor(masters: RedisServer[], replicas: RedisServer[]) {
    this.masters = masters;
    this.replicas = replicas;
  }

  /**
   * Starts the nodes, shares out the slots, and waits until every node calls the cluster whole.
   * @throws Error when redis-server is not installed or the cluster does not form
   */
  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const { masters = 3, replicas = 0, settings, ...rest } = options;
    const node: RedisServerOptions = {
      ...rest,
      settings: {
        'cluster-enabled': 'yes',
        'cluster-config-file': 'nodes.conf',
        'cluster-node-timeout': NODE_TIMEOUT_MS,
        'cluster-announce-ip': options.host ?? '127.0.0.1',
        // One master less must not take the others' slots away as well.
        'cluster-require-full-coverage': 'no',
        ...settings,
      },
    };
    const started = await Promise.allSettled(
      Array.from({ length: masters * (1 + replicas) }, () => RedisServer.start(node)),
    );
    const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const cluster = new RedisCluster(servers.slice(0, masters), servers.slice(masters));
    try {
      for (const one of started) if (one.status === 'rejected') throw one.reason;
      await cluster.#form();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** As PARTYLINE_REDIS_URL takes it. */
  get url(): string {
    const { password } = this.masters[0]!;
    const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    return `redis+cluster://${user}${this.masters.map((server) => server.address).join(',')}`;
  }

  /** Index of the master that holds a key's or sharded channel's slot, as the given node sees it. */
  async ownerOf(key: string, seenBy = 0): Promise<number> {
    const slot = keySlot(key);
    const rows = (await this.masters[seenBy]!.command('CLUSTER', 'SLOTS')) as [
      number,
      number,
      [string, number],
    ][];
    const row = rows.find(([first, last]) => first <= slot && slot <= last);
    return this.masters.findIndex((server) => server.port === row?.[2][1]);
  }

  /** Without a replica its slots are away until `masters[index].restart()`; with one that takes over. */
  async killMaster(index: number): Promise<void> {
    await this.masters[index]!.kill();
  }

  /** Moves a slot with its keys to another master, as a resharding does; subscribers of its channels are cut off. */
  async moveSlot(slot: number, toMaster: number): Promise<void> {
    const fromMaster = await this.#ownerOfSlot(slot);
    if (fromMaster === toMaster) return;
    const [from, to] = [this.masters[fromMaster]!, this.masters[toMaster]!];
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', this.#ids[fromMaster]!);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', this.#ids[toMaster]!);
    for (;;) {
      const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
      if (keys.length === 0) break;
      const auth = to.password === undefined ? [] : ['AUTH', to.password];
      await from.command('MIGRATE', to.host, to.port, '', 0, 5_000, ...auth, 'KEYS', ...keys);
    }
    // The new owner first: a node that gave a slot away must find somebody to send its callers to.
    await to.command('CLUSTER', 'SETSLOT', slot, 'NODE', this.#ids[toMaster]!);
    await from.command('CLUSTER', 'SETSLOT', slot, 'NODE', this.#ids[toMaster]!);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.masters, ...this.replicas].map((server) => server.stop()));
  }

  async #ownerOfSlot(slot: number): Promise<number> {
    for (const [index, server] of this.masters.entries()) {
      const nodes = String(await server.command('CLUSTER', 'NODES'));
      const own = nodes.split('\n').find((line) => line.includes('myself'));
      const ranges = own?.split(' ').slice(8) ?? [];
      const holds = ranges.some((range) => {
        const [first, last = first] = range.split('-').map(Number);
        return first! <= slot && slot <= last!;
      });
      if (holds) return index;
    }
    throw new Error(`No master holds slot ${slot}.`);
  }

  async #form(): Promise<void> {
    const nodes = [...this.masters, ...this.replicas];
    const [first] = this.masters;
    for (const [index, master] of this.masters.entries()) {
      this.#ids.push(String(await master.command('CLUSTER', 'MYID')));
      await master.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      const from = Math.floor((index * SLOTS) / this.masters.length);
      const to = Math.floor(((index + 1) * SLOTS) / this.masters.length) - 1;
      await master.command('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }
    for (const node of nodes.slice(1)) await first!.command('CLUSTER', 'MEET', node.host, node.port);
    await this.#until(nodes, (info) => info.includes(`cluster_known_nodes:${nodes.length}\r`));
    for (const [index, replica] of this.replicas.entries()) {
      await replica.command('CLUSTER', 'REPLICATE', this.#ids[index % this.masters.length]!);
    }
    await this.#until(
      nodes,
      (info) => info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`),
    );
    for (const replica of this.replicas) {
      await this.#untilOne(replica, ['INFO', 'replication'], (info) =>
        info.includes('master_link_status:up'),
      );
    }
  }

  async #until(nodes: readonly RedisServer[], isSo: (info: string) => boolean): Promise<void> {
    for (const node of nodes) await this.#untilOne(node, ['CLUSTER', 'INFO'], isSo);
  }

  async #untilOne(
    node: RedisServer,
    [name, arg]: [string, string],
    isSo: (info: string) => boolean,
  ): Promise<void> {
    const deadlineMs = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const info = String(await node.command(name, arg));
      if (isSo(info)) return;
      if (performance.now() > deadlineMs) {
        throw new Error(`The Redis Cluster did not form within 20 s; ${node.address} says:\n${info}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
