import { isLoopback } from '@partyline/runtime';
import { isWildcard, lanAddresses, urlHost } from './addresses.ts';

export interface WelcomeFacts {
  secure: boolean;
  host: string;
  port: number;
  opsUrl: string;
  guests: boolean;
  /** The certificate was made here, so browsers will ask about it. */
  selfSigned: boolean;
  version: string;
  /** WebSocket engine with its version. */
  engine: string;
  nodeVersion: string;
  /** Codecs of the page whose WebAssembly has not been built, such as `Speex`. */
  missingCodecs: readonly string[];
}

/** The address to open on this machine. */
export function pageUrl({ secure, host, port }: Pick<WelcomeFacts, 'secure' | 'host' | 'port'>): string {
  const shown = isWildcard(host) ? '127.0.0.1' : host;
  return `${secure ? 'https' : 'http'}://${urlHost(shown, port)}/`;
}

/** What people read when everything runs. */
export function welcome(facts: WelcomeFacts, addresses: readonly string[] = lanAddresses()): string {
  const { secure, host, port, opsUrl, guests, selfSigned, version, engine, nodeVersion, missingCodecs } =
    facts;
  const lines = [`  Partyline is ready: ${pageUrl(facts)}`, ''];
  if (guests) lines.push('  Open it in two tabs, join the same room in both, and talk.');
  else
    lines.push(
      '  Guests may not join: mint an access token with your API secret (npx partyline token --help).',
    );
  if (isWildcard(host)) {
    for (const address of addresses) {
      lines.push(`  On this network:    ${secure ? 'https' : 'http'}://${urlHost(address, port)}/`);
    }
  }
  if (selfSigned) {
    lines.push('  The certificate is self-signed: browsers warn once. Choose "Advanced", then go on.');
  }
  if (!isLoopback(host) && guests) {
    lines.push('  Warning: anyone on this network can join any room. Stop it when you are done.');
  }
  if (!isLoopback(host) && !secure) {
    lines.push('  Other machines get no microphone over plain http; add --https for that.');
  }
  if (missingCodecs.length > 0) {
    const names = missingCodecs.join(' and ');
    lines.push(
      `  Without ${names} in the page, but with Opus and G.711: "npm run codecs" builds what is missing.`,
    );
  }
  lines.push('', `  How voice does:     ${opsUrl}status`);
  lines.push(`  Metrics and health: ${opsUrl}metrics, ${opsUrl}readyz`);
  lines.push(`  Partyline ${version}, ${engine}, Node ${nodeVersion}. Ctrl-C stops it.`);
  return `\n${lines.join('\n')}\n`;
}
