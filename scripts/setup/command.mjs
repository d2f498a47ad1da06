import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { cache } from './locations.mjs';

/** The full output of everything that setup ran. */
const logFile = path.join(cache, 'setup.log');

/**
 * Runs a program quietly: its output goes to the log, and a few of its last words into the error.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, purpose: string }} options purpose: what failed, if it fails
 * @returns {Promise<void>} rejects with one line that says what failed, why, and where to read more
 */
export function runQuietly(program, args, { cwd, env = {}, purpose }) {
  mkdirSync(cache, { recursive: true });
  appendFileSync(logFile, `\n$ ${[program, ...args].join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let tail = '';
    const keep = (chunk) => {
      appendFileSync(logFile, chunk);
      tail = (tail + chunk).slice(-4000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new Error(`${purpose}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(`${purpose}: ${reasonIn(tail) || signal || `exit code ${code}`} (see ${logFile})`));
    });
  });
}

/** The line that most likely says why: npm says it first, others last. */
function reasonIn(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '');
  return (
    said.find((line) => /^npm error (?!code )/.test(line)) ??
    said.findLast((line) => /^(e:|error)/i.test(line)) ??
    said.at(-1)
  );
}
