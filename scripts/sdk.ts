// `npm run sdk`: builds libs/client into the package that applications install, checks it as publint does, and says how
// large it is. The last line is the tarball's path.
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from './sdk/layout.ts';
import { packSdk } from './sdk/pack.ts';
import { browserSizes } from './sdk/sizes.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

const sdk = await packSdk();
const { messages, pkg } = await publint({ pkgDir: sdk.folder, strict: true, pack: 'npm' });
for (const message of messages) console.error(`publint: ${formatMessage(message, pkg)}`);
console.log(`${sdk.files.length} files, ${kilobytes(sdk.packedBytes)} packed`);
for (const { what, bytes, gzipBytes } of await browserSizes(sdk)) {
  console.log(`${what}: ${kilobytes(bytes)} minified, ${kilobytes(gzipBytes)} with gzip`);
}
console.log(path.relative(root, sdk.tarball));
process.exitCode = messages.length === 0 ? 0 : 1;
