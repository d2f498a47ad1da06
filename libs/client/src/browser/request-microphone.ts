import { PartylineError } from '../errors.ts';
import type { MicrophoneOptions } from './microphone-options.ts';

const constraintsOf = (options: MicrophoneOptions): MediaTrackConstraints => ({
  echoCancellation: options.echoCancellation ?? true,
  noiseSuppression: options.noiseSuppression ?? true,
  autoGainControl: options.autoGainControl ?? true,
  channelCount: { ideal: 1 },
  sampleRate: { ideal: 48_000 },
  ...(options.deviceId ? { deviceId: { exact: options.deviceId } } : {}),
});

/** What each of the browser's refusals means for the person in front of it. */
const errorOf = (cause: unknown, options: MicrophoneOptions): PartylineError => {
  const name = (cause as { name?: unknown }).name;
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new PartylineError(
      'microphone_refused',
      'The microphone was not allowed for this page; allow it beside the address, then try again.',
      { cause },
    );
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    const sentence = options.deviceId
      ? 'The chosen microphone is not there; plug it in, or choose another one.'
      : 'No microphone was found; plug one in.';
    return new PartylineError('microphone_unavailable', sentence, { cause });
  }
  return new PartylineError(
    'microphone_unavailable',
    'The microphone cannot be used; perhaps another program holds it: close that one, or choose another microphone.',
    { cause },
  );
};

/** Asks for a microphone. @throws PartylineError `no_secure_context`, `microphone_refused`, `microphone_unavailable` */
export const requestMicrophone = async (options: MicrophoneOptions): Promise<MediaStream> => {
  if (navigator.mediaDevices === undefined) {
    throw new PartylineError(
      'no_secure_context',
      'Browsers give the microphone to https pages (and to localhost) only; open the page by https.',
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(options) });
  } catch (cause) {
    throw errorOf(cause, options);
  }
};

/** Whether the browser does to a stream's sound what it was asked for; what it does not tell counts as done. */
export const isTreatedAsAsked = (stream: MediaStream, options: MicrophoneOptions): boolean => {
  const treatment = stream.getAudioTracks()[0]?.getSettings() ?? {};
  return (['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const).every(
    (name) => treatment[name] === undefined || treatment[name] === (options[name] ?? true),
  );
};

export const stopTracks = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop();
};
