import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cache, root } from './locations.mjs';

/** What `npm run codecs` recorded, beside the code that loads it. */
const records = ['libs/codecs/src/wasm/modules.json', 'libs/codecs-g729/src/module.json'];

/** Whether the WebAssembly modules of this version are in the cache. A file of one name never changes, so names are enough. */
export function codecModulesAreThere() {
  return records
    .flatMap((record) => Object.values(JSON.parse(readFileSync(path.join(root, record), 'utf8'))))
    .every(({ file }) => existsSync(path.join(cache, 'codecs', file)));
}

/**
 * Runs `npm run codecs`: some 20 s.
 * @returns {Promise<void>} rejects with the line that says what is missing
 */
export function buildCodecModules() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/codecs.ts'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const lines = said.split('\n');
      said = lines.pop();
      for (const line of lines) if (!isReason(line)) console.error(line);
      said = [...lines.filter(isReason), said].join('\n');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(said.trim() || `npm run codecs ended with ${code}`));
    });
  });
}

const isReason = (line) => line.startsWith('Codecs not built: ');
