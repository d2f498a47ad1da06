import { hostname, networkInterfaces } from 'node:os';

/** "All interfaces", which is an address to listen on but none to open in a browser. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** This machine's IPv4 addresses on its networks, without those that a missing DHCP server leaves behind. */
export function lanAddresses(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string[] {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
    )
    .map(({ address }) => address);
}

/** Every name under which a browser may ask for this machine: what a certificate has to cover. */
export function ownHosts(): string[] {
  const name = hostname();
  // Phones find machines by their mDNS name; names that are no host names would break the certificate.
  const names = /^[A-Za-z0-9-]{1,63}$/.test(name) ? [name.toLowerCase(), `${name.toLowerCase()}.local`] : [];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...names, ...lanAddresses()])];
}

/** `host:port` as it stands in a URL: IPv6 addresses in brackets. */
export function urlHost(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
