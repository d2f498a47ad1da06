import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { TIED } from './tied-program.ts';

/** In Hz; mono, 16 bits. */
export const SOUND_RATE = 48_000;

/** Starts a program of the sound server that plays or records raw sound, and ends with this process. */
export const spawnSoundStream = (
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  stdio: SpawnOptions['stdio'] & {},
): ChildProcess => {
  const [setpriv, ...flags] = TIED;
  const format = ['--format=s16le', `--rate=${SOUND_RATE}`, '--channels=1'];
  return spawn(setpriv, [...flags, ...command, ...format], {
    env: { PATH: process.env.PATH, ...env },
    stdio,
  });
};
