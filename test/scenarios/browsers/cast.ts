import { CallTab } from '../../browser/call-tab.ts';
import { ChromiumTab } from '../../browser/chromium-tab.ts';
import { FirefoxTab } from '../../browser/firefox-tab.ts';
import { type PageFeatures, readPageFeatures } from '../../browser/page-features.ts';
import type { SoundRecording } from '../../browser/sound-recording.ts';
import { SoundServer } from '../../browser/sound-server.ts';
import { WebKitTab } from '../../browser/webkit-tab.ts';
import { type SpeechFile, speechFile } from '../../support/speech.ts';

/** Of each voice: long enough for a judge, short enough for three of them in one scenario. */
const SPEECH_SECONDS = 6;
/** The sound server's loudspeakers: one for each browser that has none of its own, and Firefox's microphone. */
const MICROPHONE = 'microphone';

/** Three people, each in another browser, and the room's sound. */
export interface Cast {
  sound: SoundServer;
  /** In Chromium, whose microphone is a file that is played over and over. */
  ada: ChromiumTab;
  adaSpeech: SpeechFile;
  /** In Firefox, whose microphone hears a file that the sound server plays over and over. */
  grace: FirefoxTab;
  graceSpeech: SpeechFile;
  /** What Firefox's microphone hears. */
  microphone: SoundRecording;
  /** In WebKit, whose microphone beeps by itself. */
  alan: WebKitTab;
  close(): Promise<void>;
}

/**
 * Opens the three browsers.
 * @param webCodecs false for a Firefox and a WebKit without WebCodecs, as older ones are
 * @throws Error of the one that does not open, after closing the others
 */
export const openCast = async ({ webCodecs }: { webCodecs: boolean }): Promise<Cast> => {
  const [adaSpeech, graceSpeech] = await Promise.all([
    speechFile({ seconds: SPEECH_SECONDS }),
    speechFile({ seconds: SPEECH_SECONDS, voice: 5 }),
  ]);
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.reverse().splice(0)) await end();
  };
  const opened = async <Part>(opening: Promise<Part>, end: (part: Part) => Promise<void>): Promise<Part> => {
    const part = await opening;
    closing.push(() => end(part));
    return part;
  };
  try {
    const loudspeakers = ['firefox', 'webkit', MICROPHONE];
    const sound = await opened(SoundServer.start({ loudspeakers, microphone: MICROPHONE }), (server) =>
      server.stop(),
    );
    const microphone = await opened(Promise.resolve(sound.record(MICROPHONE)), async (recording) =>
      recording.stop(),
    );
    await opened(sound.loop(graceSpeech.path, MICROPHONE), async (loop) => loop.stop());
    const ada = await opened(ChromiumTab.open(adaSpeech.path), (tab) => tab.close());
    const grace = await opened(
      FirefoxTab.open(sound, 'firefox', webCodecs ? {} : { 'dom.media.webcodecs.enabled': false }),
      (tab) => tab.close(),
    );
    const alan = await opened(WebKitTab.open(sound, 'webkit', webCodecs ? [] : ['-WebCodecsAudio']), (tab) =>
      tab.close(),
    );
    return { sound, ada, adaSpeech, grace, graceSpeech, microphone, alan, close };
  } catch (error) {
    await close();
    throw error;
  }
};

export interface Room {
  ada: CallTab;
  grace: CallTab;
  alan: CallTab;
  everybody: readonly CallTab[];
}

/** The microphone as it is, so that the judge hears what the call does to a voice and not what Firefox does. */
const unprocessed = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** All three join one room, each by its form. */
export const joinAll = async ({ ada, grace, alan }: Cast, url: string, room: string): Promise<Room> => {
  const people = {
    ada: await CallTab.join(ada, { url, name: 'Ada', room }),
    grace: await CallTab.join(grace, { url, name: 'Grace', room, preferences: unprocessed }),
    alan: await CallTab.join(alan, { url, name: 'Alan', room }),
  };
  return { ...people, everybody: [people.ada, people.grace, people.alan] };
};

/** Everybody but one. */
export const othersOf = ({ everybody }: Room, one: CallTab): CallTab[] =>
  everybody.filter((call) => call !== one);

/** Waits until each sees the others muted. */
export const allAreMuted = async (room: Room): Promise<void> => {
  for (const call of room.everybody)
    for (const other of othersOf(room, call)) await other.sees(call.name, 'muted');
};

export const muteAll = async (room: Room): Promise<void> => {
  for (const call of room.everybody) await call.press('Mute');
  await allAreMuted(room);
};

/** What each browser has, by its name. */
export const featuresOf = async ({ everybody }: Room): Promise<Map<string, PageFeatures>> => {
  const features = new Map<string, PageFeatures>();
  for (const { tab } of everybody) features.set(tab.browser, await tab.evaluate(readPageFeatures));
  return features;
};
