import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { openBrowser } from '../../browser/chromium.ts';

/** What Chromium made of a file. */
export interface Playback {
  file: string;
  /** By `decodeAudioData`. */
  decodedSeconds: number;
  /** Of an audio element; Infinity where the file does not say. */
  duration: number;
  /** Its sound went on after `play()`. */
  plays: boolean;
}

const TYPES: Record<string, string> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  webm: 'audio/webm',
};

/** Decodes each file in Chromium, and plays a moment of it with an audio element. */
export const playInChromium = async (
  paths: readonly string[],
  microphoneFile: string,
): Promise<Playback[]> => {
  const browser = await openBrowser({ microphoneFile });
  try {
    const page = await browser.newPage();
    const played: Playback[] = [];
    for (const path of paths) {
      const bytes = (await readFile(path)).toString('base64');
      const type = TYPES[path.split('.').at(-1)!]!;
      const result = await page.evaluate(playOne, { bytes, type });
      played.push({ file: basename(path), ...result });
    }
    return played;
  } finally {
    await browser.close();
  }
};

/** In the page. */
const playOne = async ({ bytes, type }: { bytes: string; type: string }) => {
  const blob = await (await fetch(`data:${type};base64,${bytes}`)).blob();
  const context = new OfflineAudioContext(1, 1, 48_000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  const audio = new Audio(URL.createObjectURL(blob));
  await new Promise((resolve, reject) => {
    audio.oncanplay = resolve;
    audio.onerror = () => reject(new Error(audio.error?.message));
  });
  const { duration } = audio;
  await audio.play();
  const plays = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 5_000);
    audio.ontimeupdate = () => {
      if (audio.currentTime < 0.2) return;
      clearTimeout(timer);
      resolve(true);
    };
  });
  audio.pause();
  return { decodedSeconds: buffer.duration, duration, plays };
};
