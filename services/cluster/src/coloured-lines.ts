import { readableLine } from '@partyline/telemetry';
import colours from 'picocolors';

const PALETTE = [
  colours.cyan,
  colours.magenta,
  colours.green,
  colours.yellow,
  colours.blue,
  colours.red,
] as const;

/** Writes each process's lines behind its name, in a colour of its own where the terminal has colours. */
export const colouredLines = (write: (line: string) => void): ((name: string, line: string) => void) => {
  const colourOf = new Map<string, (text: string) => string>();
  return (name, line) => {
    const colour = colourOf.get(name) ?? PALETTE[colourOf.size % PALETTE.length]!;
    colourOf.set(name, colour);
    write(`${colour(name.padEnd(16))} ${readableLine(line)}`);
  };
};
