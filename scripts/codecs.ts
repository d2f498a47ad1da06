// `npm run codecs`: makes the WebAssembly modules of Speex, G.722 and G.729 that are not in the cache yet.
//   -- --check    makes each twice from nothing and compares both with what is recorded
//   -- --record   makes each and records it as what is expected from now on
import { parseArgs } from 'node:util';
import { checkModules, makeModules, recordModules } from './codecs/modules.ts';

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, record: { type: 'boolean' } } });
  if (values.record) await recordModules();
  else if (values.check) await checkModules();
  else await makeModules();
} catch (error) {
  console.error(`Codecs not built: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
