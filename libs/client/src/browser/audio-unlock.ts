/** What browsers take for a wish to hear something. */
const GESTURES = ['pointerdown', 'pointerup', 'keydown', 'touchend'] as const;

/**
 * Starts sound that the browser holds back with the next click or key, wherever it goes, and when the page comes back
 * to the front: after a phone call iOS leaves a context `interrupted` until somebody asks.
 * @returns stops trying
 */
export const unlockByGesture = (context: AudioContext): (() => void) => {
  const tryToRun = (): void => {
    // A refusal is no news: the state tells, and the next gesture is another occasion.
    if (context.state !== 'running' && context.state !== 'closed') context.resume().catch(() => undefined);
  };
  const shown = (): void => {
    if (document.visibilityState === 'visible') tryToRun();
  };
  for (const gesture of GESTURES)
    document.addEventListener(gesture, tryToRun, { capture: true, passive: true });
  document.addEventListener('visibilitychange', shown);
  return () => {
    for (const gesture of GESTURES) document.removeEventListener(gesture, tryToRun, { capture: true });
    document.removeEventListener('visibilitychange', shown);
  };
};
