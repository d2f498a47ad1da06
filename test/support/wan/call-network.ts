import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ip, namespacesWork } from './ip.ts';
import { ProxyWan } from './proxy-wan.ts';
import type { Wan } from './wan.ts';
import { Wire, type WireEnd } from './wire.ts';

const run = promisify(execFile);

/** Where a person's browser runs: beside the edge, or at the far end of one of two lines to it. */
export type Place = 'edge' | 'mouth' | 'ear';
const FAR = ['mouth', 'ear'] as const;
type FarPlace = (typeof FAR)[number];

/** An edge, and two places that are each joined to it by a line of their own. */
export interface CallNetwork {
  /** For people. */
  means: 'wires between network namespaces' | 'proxies that only delay';
  lines: Readonly<Record<FarPlace, Wan>>;
  /** What stands before a command so that it runs there. */
  enter(place: Place): readonly string[];
  /** Host and port at which somebody there reaches what listens at the edge's place on all addresses. */
  reach(place: Place, port: number): Promise<string>;
  /** Addresses of the edge, for its certificate. */
  edgeAddresses: readonly string[];
}

/** Settings of the kernel's network by their names under net.ipv4, such as `tcp_rto_min_us`. */
export type KernelSettings = Readonly<Record<string, string>>;

/**
 * What controls congestion on most machines of users and of clusters. Set on every route, so that a figure does not
 * depend on whom the machine belongs to that measures: a kernel hands its own default down to new namespaces, where it
 * may not be changed to every other.
 */
const USUAL_CONGESTION_CONTROL = 'cubic';

export interface CallNetworkOptions {
  /** As real as this machine allows unless given. */
  means?: 'proxies' | undefined;
  /** What controls congestion of what the edge sends; the usual one unless given. */
  edgeCongestionControl?: string | undefined;
  /** Of the edge's kernel, in place of its defaults. */
  edgeKernel?: KernelSettings;
}

/** Makes the network, and takes it down afterwards. Whatever runs in it must have ended by then. */
export const withCallNetwork = async <T>(
  options: CallNetworkOptions,
  use: (network: CallNetwork) => Promise<T>,
): Promise<T> =>
  options.means === undefined && (await namespacesWork()) ? inNamespaces(options, use) : behindProxies(use);

const inNamespaces = async <T>(
  { edgeCongestionControl = USUAL_CONGESTION_CONTROL, edgeKernel = {} }: CallNetworkOptions,
  use: (network: CallNetwork) => Promise<T>,
): Promise<T> => {
  const nameOf = (place: Place): string => `pl${process.pid}${place}`;
  const places: readonly Place[] = ['edge', ...FAR];
  const lines = new Map<FarPlace, Wire>();
  try {
    for (const place of places) {
      await ip('netns', 'add', nameOf(place));
      await ip('-n', nameOf(place), 'link', 'set', 'lo', 'up');
    }
    await setKernel(nameOf('edge'), edgeKernel);
    // The addresses are nobody else's: none of these networks reaches another than by its wire.
    for (const [index, place] of FAR.entries()) {
      const near = { namespace: nameOf('edge'), address: edgeAddress(index) };
      const far = { namespace: nameOf(place), address: `10.77.${index}.2` };
      lines.set(place, await Wire.start(near, far, place));
      await controlCongestion(near, far, place, edgeCongestionControl);
      await controlCongestion(far, near, place, USUAL_CONGESTION_CONTROL);
    }
    return await use({
      means: 'wires between network namespaces',
      lines: { mouth: lines.get('mouth')!, ear: lines.get('ear')! },
      enter: (place) => ['ip', 'netns', 'exec', nameOf(place)],
      reach: async (place, port) =>
        `${place === 'edge' ? '127.0.0.1' : edgeAddress(FAR.indexOf(place))}:${port}`,
      edgeAddresses: FAR.map((_, index) => edgeAddress(index)),
    });
  } finally {
    for (const line of lines.values()) await line.stop();
    for (const place of places) await ip('netns', 'delete', nameOf(place)).catch(() => undefined);
  }
};

const edgeAddress = (index: number): string => `10.77.${index}.1`;

/** Of what goes from one end of a wire to the other. */
const controlCongestion = (from: WireEnd, to: WireEnd, device: string, control: string): Promise<void> =>
  ip(
    '-n',
    from.namespace,
    'route',
    'change',
    to.address,
    'dev',
    device,
    'src',
    from.address,
    'congctl',
    control,
  );

const setKernel = async (namespace: string, settings: KernelSettings): Promise<void> => {
  for (const [name, value] of Object.entries(settings)) {
    await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv4.${name}=${value}`]);
  }
};

/** Without the right to make namespaces everything is in one place, and proxies stand for the lines. */
const behindProxies = async <T>(use: (network: CallNetwork) => Promise<T>): Promise<T> => {
  const lines = { mouth: new ProxyWan(), ear: new ProxyWan() };
  try {
    return await use({
      means: 'proxies that only delay',
      lines,
      enter: () => [],
      reach: async (place, port) => `127.0.0.1:${place === 'edge' ? port : await lines[place].through(port)}`,
      edgeAddresses: [],
    });
  } finally {
    await lines.mouth.stop();
    await lines.ear.stop();
  }
};
