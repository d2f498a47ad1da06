import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a recording compares with its original. */
export interface SpeechVerdict {
  /** PESQ as MOS-LQO, mean over pieces of about 10 s; about 1 (bad) to 4.64; 0 when there is no speech. */
  pesq: number;
  /** The worst piece's PESQ. */
  pesqMin: number;
  /** How far into the recording the original begins, ms; negative if the recording began later. */
  delayMs: number;
  /** Of the waveforms, each two seconds aligned on their own, −1 to 1. */
  correlation: number;
  refSeconds: number;
  degSeconds: number;
  /** Of the whole recording; −120 is digital silence. */
  degLevelDbfs: number;
}

/** How to compare. */
export interface JudgeOptions {
  /** Wide band (at 16 kHz) or narrow band (at 8 kHz). Default `wb`. */
  mode?: 'wb' | 'nb';
  /** Folder of the project's own Python. Default $PARTYLINE_CACHE, else ~/.cache/partyline. */
  cacheFolder?: string;
}

const SCRIPT = fileURLToPath(new URL('judge.py', import.meta.url));
/** PESQ of a minute of speech takes some ten seconds on a busy machine. */
const TIMEOUT_MS = 180_000;

/** The Python that `scripts/setup.mjs` prepared. @throws Error saying what to run when it is not there */
function interpreter(cacheFolder: string | undefined): string {
  const folder = cacheFolder ?? process.env.PARTYLINE_CACHE ?? join(homedir(), '.cache', 'partyline');
  const python = join(folder, 'venv', 'bin', 'python');
  if (existsSync(python)) return python;
  throw new Error(`the speech judge needs ${python}; run \`node scripts/setup.mjs test\` to make it`);
}

/**
 * Aligns a recording with its original and says how good its speech is.
 * @param refPath WAV file of the original
 * @param degPath WAV file of the recording, which may begin earlier or later and last longer
 * @throws Error with the judge's own words when a file cannot be judged
 */
export async function judgeSpeech(
  refPath: string,
  degPath: string,
  options: JudgeOptions = {},
): Promise<SpeechVerdict> {
  const python = interpreter(options.cacheFolder);
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      python,
      [SCRIPT, refPath, degPath, '--mode', options.mode ?? 'wb'],
      { timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new Error(stderr.trim() || `the speech judge failed: ${error.message}`, { cause: error }));
      },
    );
  });
  const verdict = JSON.parse(output);
  return {
    pesq: verdict.pesq,
    pesqMin: verdict.pesq_min,
    delayMs: verdict.delay_ms,
    correlation: verdict.correlation,
    refSeconds: verdict.ref_seconds,
    degSeconds: verdict.deg_seconds,
    degLevelDbfs: verdict.deg_level_dbfs,
  };
}
