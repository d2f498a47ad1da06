import { PartylineError } from '../errors.ts';

/**
 * Opens sound at 48 kHz with the worklet loaded.
 * @param workletUrl where the bundled worklet is; beside this module unless given
 * @throws PartylineError `no_secure_context`, `unsupported_browser`
 */
export const openAudioContext = async (
  workletUrl = new URL('./worklet.js', import.meta.url).href,
): Promise<AudioContext> => {
  if (!globalThis.isSecureContext) {
    throw new PartylineError(
      'no_secure_context',
      'Browsers give sound and microphone to https pages (and to localhost) only; open the page by https.',
    );
  }
  if (typeof AudioContext === 'undefined' || typeof AudioWorkletNode === 'undefined') {
    throw new PartylineError(
      'unsupported_browser',
      'This browser lacks AudioWorklet; use a current Chrome, Edge, Firefox or Safari.',
    );
  }
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: 0 });
  try {
    await context.audioWorklet.addModule(workletUrl);
  } catch (cause) {
    await context.close();
    throw new PartylineError(
      'service_failed',
      `The audio worklet at ${workletUrl} could not be loaded; serve it there, or give its address as workletUrl.`,
      {
        cause,
      },
    );
  }
  return context;
};

/** What to add to a time by `Date.now()` to get the client's own steady clock. */
export const wallToLocalMs = (localNowMs: number): number => localNowMs - Date.now();
