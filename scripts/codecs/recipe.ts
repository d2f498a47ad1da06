import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/locations.mjs';

/** Upstream's sources, as a registry gives them. */
export interface SourceArchive {
  /** Whose ordinary client fetches it. */
  readonly registry: 'debian' | 'pypi';
  /** Name of the package there. */
  readonly name: string;
  readonly version: string;
  /** Name of the archive, a gzipped tar with one folder. */
  readonly file: string;
  readonly sha256: string;
}

/** How a codec becomes a WebAssembly module. */
export interface CodecRecipe {
  readonly codec: string;
  readonly archive: SourceArchive;
  /** Where headers are, relative to the archive's folder. */
  readonly includes: readonly string[];
  /** What is compiled, relative to the archive's folder. */
  readonly sources: readonly string[];
  /** Own folders of C, relative to the root of the repository; every `.c` in them is compiled. */
  readonly glue: readonly string[];
  readonly flags: readonly string[];
  /** Names the module that is expected, relative to the root of the repository; lies beside the code that loads it. */
  readonly pins: string;
}

const ABI = 'libs/codecs/wasm';
const CODECS_PINS = 'libs/codecs/src/wasm/modules.json';

/** What a library allocates, it takes from the arena of its module. */
const fromArena = ['-Dmalloc=codec_take', '-Dfree=codec_release'];

const cFiles = (folder: string, names: string): string[] =>
  names.split(/\s+/).map((name) => `${folder}/${name}.c`);

/** The settings of Debian's build for amd64: floating point, with SSE, whose sums it takes to equal in the last bit. */
const speex: CodecRecipe = {
  codec: 'speex',
  archive: {
    registry: 'debian',
    name: 'speex',
    version: '1.2.1',
    file: 'speex_1.2.1.orig.tar.gz',
    sha256: '4b44d4f2b38a370a2d98a78329fefc56a0cf93d1c1be70029217baae6628feea',
  },
  includes: ['libspeex', 'include', 'include/speex'],
  sources: cFiles(
    'libspeex',
    `bits cb_search exc_10_16_table exc_10_32_table exc_20_32_table exc_5_256_table exc_5_64_table exc_8_128_table
     filters gain_table gain_table_lbr hexc_10_32_table hexc_table high_lsp_tables lpc lsp lsp_tables_nb ltp modes
     modes_wb nb_celp quant_lsp sb_celp speex speex_callbacks vbr vq window`,
  ),
  glue: [ABI, 'libs/codecs/wasm/speex'],
  flags: [
    ...['-DFLOATING_POINT', '-D_USE_SSE', '-DVAR_ARRAYS', '-DEXPORT=', '-DOS_SUPPORT_CUSTOM'],
    ...['-msimd128', '-ffp-contract=off'],
  ],
  pins: CODECS_PINS,
};

const g722: CodecRecipe = {
  codec: 'g722',
  archive: {
    registry: 'pypi',
    name: 'G722',
    version: '1.2.8',
    file: 'g722-1.2.8.tar.gz',
    sha256: 'fc185d65d18a7dab5177690e1dafc948c499b6305013f6882995ee0dd93f26a6',
  },
  includes: ['.'],
  sources: cFiles('.', 'g722_decode g722_encode'),
  glue: [ABI, 'libs/codecs/wasm/g722'],
  flags: fromArena,
  pins: CODECS_PINS,
};

/** GPL, as what it becomes. */
const g729: CodecRecipe = {
  codec: 'g729',
  archive: {
    registry: 'debian',
    name: 'bcg729',
    version: '1.1.1',
    file: 'bcg729_1.1.1.orig.tar.gz',
    sha256: '68599a850535d1b182932b3f86558ac8a76d4b899a548183b062956c5fdc916d',
  },
  includes: ['src', 'include'],
  sources: cFiles(
    'src',
    `LP2LSPConversion LPSynthesisFilter LSPQuantization adaptativeCodebookSearch cng codebooks
     computeAdaptativeCodebookGain computeLP computeWeightedSpeech decodeAdaptativeCodeVector decodeFixedCodeVector
     decodeGains decodeLSP decoder dtx encoder findOpenLoopPitchDelay fixedCodebookSearch gainQuantization
     interpolateqLSP postFilter postProcessing preProcessing qLSP2LP utils vad`,
  ),
  glue: [ABI, 'libs/codecs-g729/wasm'],
  flags: fromArena,
  pins: 'libs/codecs-g729/src/module.json',
};

/** Every module that `npm run codecs` makes. */
export const recipes: readonly CodecRecipe[] = [speex, g722, g729];

/** The compiler, exactly. */
export const compilerFolder = path.join(root, 'scripts', 'codecs', 'compiler');

/**
 * For all modules: signed sums wrap as they do in practice, the stack lies where an overflow traps, memory does not grow,
 * and nothing in the file depends on where or when it was made.
 */
export const commonFlags: readonly string[] = [
  ...['--target=wasm32-wasip1', '-mexec-model=reactor', '-O3', '-fwrapv', '-fno-strict-aliasing', '-w'],
  ...['-Wl,--strip-all', '-Wl,--stack-first', '-Wl,-z,stack-size=65536', '-Wl,--no-growable-memory'],
];

/** Own C of a recipe: name → bytes, in order of names. */
export function glueOf(recipe: CodecRecipe): Map<string, Buffer> {
  const files = recipe.glue.flatMap((folder) =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name))
      .map((entry): [string, Buffer] => [entry.name, readFileSync(path.join(root, folder, entry.name))]),
  );
  return new Map(files.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** SHA-256 of all that decides about a module: upstream's sources, own C, flags, compiler. */
export function recipeHash(recipe: CodecRecipe): string {
  const hash = createHash('sha256');
  const { codec, archive, includes, sources, flags } = recipe;
  hash.update(JSON.stringify([codec, archive.sha256, includes, sources, flags, commonFlags]));
  for (const [name, bytes] of glueOf(recipe)) hash.update(`\n${name} ${bytes.length}\n`).update(bytes);
  hash.update(readFileSync(path.join(compilerFolder, 'package-lock.json')));
  return hash.digest('hex');
}
