import { CODEC_MODULES, codecModulesAt, setCodecModules, VOICE_FORMATS } from '@partyline/codecs';
import type { CodecFormat } from '@partyline/protocol';
import { PartylineError } from '../errors.ts';
import { DEFAULT_CODECS } from '../voice-formats.ts';

/** A server that does not say within this time whether it has a module counts as one that has none, in ms. */
const PATIENCE_MS = 3_000;

/** Where modules come from, and what there is. */
let place: { url: string; formats: Promise<readonly CodecFormat[]> } | undefined;

/**
 * Says where the WebAssembly modules of Speex and G.722 lie, and asks what is there. Nothing of them is fetched before
 * somebody in the room speaks such a codec, or this browser is to. For a menu of codecs before a call; `startCall` does
 * it by itself where it is given `codecModulesUrl`.
 *
 * @example
 * const codecs = await useCodecModules('https://voice.example/codecs/');
 * menu.replaceChildren(...codecs.map((codec) => new Option(codec)));
 *
 * @param url of a folder, with a slash at its end, as `npm start` serves it at `/codecs/`; relative to the page
 * @returns what can be encoded and decoded here; without modules what everybody has. Never rejects
 * @throws PartylineError `invalid_option`
 */
export const useCodecModules = (url: string): Promise<readonly CodecFormat[]> => {
  const absolute = folderUrl(url);
  if (place?.url === absolute) return place.formats;
  setCodecModules(codecModulesAt(absolute));
  const formats = formatsAt(absolute);
  place = { url: absolute, formats };
  return formats;
};

const folderUrl = (url: string): string => {
  try {
    if (url.endsWith('/')) return new URL(url, globalThis.document?.baseURI).href;
  } catch {
    // No URL: the same sentence helps.
  }
  throw new PartylineError(
    'invalid_option',
    `codecModulesUrl is ${url}; give the URL of a folder, with a slash at its end.`,
  );
};

const formatsAt = async (url: string): Promise<readonly CodecFormat[]> => {
  const [speex, g722] = await Promise.all([
    isThere(new URL(CODEC_MODULES.speex.file, url)),
    isThere(new URL(CODEC_MODULES.g722.file, url)),
  ]);
  // What did not answer may do so at the next call.
  if (speex === undefined || g722 === undefined) place = undefined;
  const there: Record<string, boolean | undefined> = { speex, g722 };
  return VOICE_FORMATS.filter(
    ({ name, codec }) => there[codec] === true || DEFAULT_CODECS.includes(name as CodecFormat),
  ).map(({ name }) => name as CodecFormat);
};

/** Whether a file can be had; undefined when nobody says so. */
const isThere = async (url: URL): Promise<boolean | undefined> => {
  try {
    const { ok } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PATIENCE_MS) });
    return ok;
  } catch {
    return undefined;
  }
};
