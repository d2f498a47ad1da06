import { readFile } from 'node:fs/promises';
import { AudioFileError, readSpeech } from '@partyline/audio/node';
import { CommandError, EXIT } from './exit-codes.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
};

/** Reads a WAV file of any usual rate, mono or stereo, as mono at 48 kHz or another rate. The error names the file. */
export const readSpeechFile = async (path: string, toHz = 48_000): Promise<Float32Array> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(EXIT.failed, `Cannot read ${path}: ${REASONS[code ?? ''] ?? message}.`);
  }
  try {
    return await readSpeech(bytes, toHz);
  } catch (error) {
    if (!(error instanceof AudioFileError)) throw error;
    throw new CommandError(EXIT.failed, `Cannot use ${path}: ${error.message}.`);
  }
};
