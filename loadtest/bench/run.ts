import { fileURLToPath } from 'node:url';
import { runByName } from '@partyline/harness';

process.exitCode = await runByName({
  kind: 'bench',
  folder: fileURLToPath(new URL('.', import.meta.url)),
  argv: process.argv.slice(2),
  env: process.env,
});
// Whatever a failed run left open must not keep the command from ending.
process.exit();
