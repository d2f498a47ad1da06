import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the committed dashboards are. */
export const COMMITTED = fileURLToPath(new URL('../dashboards', import.meta.url));

/**
 * Dashboards of a folder that are missing, that differ, or that have no source any more.
 * @param rendered what they should be, by file name
 */
export const drifted = (rendered: ReadonlyMap<string, string>, folder: string): string[] => {
  const present = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const names = [...new Set([...rendered.keys(), ...present])];
  return names.filter((name) => !present.includes(name) || read(folder, name) !== rendered.get(name));
};

const read = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8');
