import { parseArgs } from 'node:util';
import type { StandaloneFlags } from './config.ts';

export type CommandLine =
  | { kind: 'run'; flags: StandaloneFlags }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

const options = {
  https: { type: 'boolean', default: false },
  guests: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the words after `npm start --`; never throws. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    if (values.help) return { kind: 'help' };
    return { kind: 'run', flags: { https: values.https, guests: values.guests } };
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\. |\n/);
    return { kind: 'wrong', message: `${sentence}. See: npm start -- --help` };
  }
}

/** The text of `--help`. */
export const helpText = `
Usage: npm start [-- options]

Runs everything on this machine in one process: page, API and voice on one port.

Options:
  --https    serve by TLS on all interfaces, with a certificate made here, so that a
             phone on this network gets its microphone; anyone on the network can join
  --guests   let people join without a token although HOST is not a loopback address
  -h, --help show this text

Environment:
  PORT=8080            the one port; 0 takes any free one
  HOST=127.0.0.1       address to listen on
  OPS_PORT=8081        metrics and health, on 127.0.0.1 only
  PARTYLINE_API_KEYS   id:secret; people then join with access tokens
  PARTYLINE_TLS_CERT   certificate chain in PEM, together with
  PARTYLINE_TLS_KEY    its private key
  PARTYLINE_LOG_LEVEL  debug, info, warn, error or silent

docs/configuration.md has every setting.
`;
