import type { MicrophoneOptions } from '@partyline/client/browser';
import type { Preferences } from './preferences.ts';

/** Where the page's server puts the audio worklet. */
export const WORKLET_URL = '/worklet.js';

type SoundPreferences = Pick<
  Preferences,
  'microphoneId' | 'echoCancellation' | 'noiseSuppression' | 'autoGainControl'
>;

/** The microphone that was chosen, and how the browser should treat it. */
export function microphoneOptions(preferences: SoundPreferences): MicrophoneOptions {
  const { microphoneId, echoCancellation, noiseSuppression, autoGainControl } = preferences;
  return {
    echoCancellation,
    noiseSuppression,
    autoGainControl,
    ...(microphoneId === '' ? {} : { deviceId: microphoneId }),
  };
}

/** Whether a microphone has to be opened anew after a change. */
export function microphoneDiffers(now: SoundPreferences, before: SoundPreferences): boolean {
  return (
    now.microphoneId !== before.microphoneId ||
    now.echoCancellation !== before.echoCancellation ||
    now.noiseSuppression !== before.noiseSuppression ||
    now.autoGainControl !== before.autoGainControl
  );
}
