/** One region of a cluster on this machine. */
export interface RegionOptions {
  name: string;
  edges: number;
  directories: number;
  /** None unless given. */
  recorders?: number;
  /** Address on which its processes listen and are reached from here; 127.0.0.1 unless given. */
  host?: string;
  /** Address under which other regions reach its Redis; `host` unless given. */
  wanHost?: string;
  /** Stands before every command, such as `['ip', 'netns', 'exec', 'eu']`. */
  launcher?: readonly string[];
}

export interface ClusterOptions {
  regions?: readonly RegionOptions[];
  /** What each region has: one server, a Redis Cluster of three masters, or one master with Sentinel. */
  redis?: 'single' | 'cluster' | 'sentinel';
  /** Settings; each process gets those that it knows. */
  env?: Readonly<Record<string, string>>;
  edgeEnv?: Readonly<Record<string, string>>;
  directoryEnv?: Readonly<Record<string, string>>;
  recorderEnv?: Readonly<Record<string, string>>;
  /** Programs other than the usual ones, such as an edge with a fault injector: files, for all of them or by id. */
  edgeProgram?: string | ((id: string) => string | undefined);
  directoryProgram?: string | ((id: string) => string | undefined);
  /** Edges that run on another host than the others of their region, by id; with what stands before their command there. */
  edgeHosts?: Readonly<Record<string, Required<Pick<RegionOptions, 'host' | 'launcher'>>>>;
  nodeFlags?: readonly string[];
  /** Where a region's Redis is reached from another: given its port here, the port to use. For proxies. */
  wanPort?: (port: number) => Promise<number>;
  /** Where the first directory listens; any free port unless given. */
  port?: number;
  /** Starts a process again that ended by itself or by a signal, as Kubernetes would. */
  respawn?: boolean;
  /** Each line that a process writes. */
  onLine?: (name: string, line: string) => void;
}

export const DEFAULT_REGIONS: readonly RegionOptions[] = [
  { name: 'eu', edges: 2, directories: 1 },
  { name: 'us', edges: 2, directories: 1 },
];
