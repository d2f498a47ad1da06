import { describe, expect, it } from 'vitest';
import { declarationOf } from './sdk/declarations.ts';
import { ENTRIES } from './sdk/layout.ts';
import { documentationGaps, referencePage, surfaceText } from './sdk-docs/page.ts';
import { readSurface, type Surface } from './sdk-docs/surface.ts';

/** A package whose entries export nothing but what the first one is given. */
const surfaceOf = (text: string, more: Record<string, string> = {}): Surface => {
  const entries = ENTRIES.map(({ source }) => [declarationOf(source), 'export {};'] as const);
  return readSurface(new Map([...entries, [entries[0]![0], text], ...Object.entries(more)]));
};

const ROOM = `
/** A place. */
export interface Room {
  /** In ms. @throws PartylineError \`timeout\` */
  wait(forMs: number): Promise<void>;
  /** What it is called. */
  readonly name: string;
}
/**
 * Joins. Says so.
 *
 * @example
 * join('lobby');
 *
 * @param room which one
 * @returns the room
 * @throws PartylineError \`unreachable\`
 */
export declare const join: (room: string) => Promise<Room>;
`;

describe('the reference of the SDK', () => {
  it('has signature, text, parameters, result, errors and example of everything', () => {
    const surface = surfaceOf(ROOM);
    expect(documentationGaps(surface)).toEqual([]);
    const page = referencePage(surface.entries[0]!);
    for (const text of [
      'join(room: string): Promise<Room>',
      'Joins. Says so.',
      '- `room`: which one',
      '**Returns** the room.',
      '**Errors** PartylineError `unreachable`.',
      "join('lobby');",
      '### wait()',
      '| `name` | `string` | What it is called. |',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('finds what goes without a comment or an example', () => {
    const bare = ROOM.replace('/** What it is called. */', '').replace(/@example\n.*\n/, '');
    expect(documentationGaps(surfaceOf(`${bare}export type Level = number;`))).toEqual([
      '@partyline/client: join has no @example',
      '@partyline/client: Room.name has no comment',
      '@partyline/client: Level has no comment',
    ]);
  });

  it('finds a type that a signature needs and nobody exports', () => {
    const hidden = ROOM.replace('export interface Room', 'interface Room');
    expect(documentationGaps(surfaceOf(`${hidden}export {};`))).toEqual([
      expect.stringContaining('join needs Room, which no entry exports'),
    ]);
  });

  it('leaves private parts of a class out, and shows each value of a union with what it means', () => {
    const surface = surfaceOf(`
      /** A thing. @example new Thing() */
      export declare class Thing { #private; private secret: string; /** Open. */ open(): void; }
      /** Why. */
      export type Code =
        /** Too late. Try again. */
        | 'late'
        /** Gone. */
        | 'gone';
    `);
    const page = referencePage(surface.entries[0]!);
    expect(page).toContain('| `late` | Too late. Try again. |');
    expect(surfaceText(surface)).not.toMatch(/private|secret/);
  });

  it('changes with the signature and not with the comment', () => {
    const before = surfaceText(surfaceOf(ROOM));
    expect(surfaceText(surfaceOf(ROOM.replace('A place.', 'Another place.')))).toBe(before);
    expect(surfaceText(surfaceOf(ROOM.replace('forMs: number', 'forMs?: number')))).not.toBe(before);
    expect(surfaceText(surfaceOf(ROOM.replace('readonly name', 'readonly title')))).not.toBe(before);
  });
});
