import type { Output } from './console.ts';

/** What a command gets besides its own options. */
export interface CommandContext {
  output: Output;
  /** Aborted by Ctrl-C: finish what is open and leave. */
  signal: AbortSignal;
  env: Readonly<Record<string, string | undefined>>;
}

/** Options that every command which talks to a service has. */
export interface ServiceOptions {
  url: string;
  token?: string;
  insecure?: boolean;
  json?: boolean;
}

/** Options of every command that joins a room. */
export interface RoomOptions extends ServiceOptions {
  room: string;
  name: string;
}
