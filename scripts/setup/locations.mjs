import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the clone. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is kept between clones: the Python environment and logs of installations. */
export const cache = process.env.PARTYLINE_CACHE || path.join(os.homedir(), '.cache', 'partyline');
