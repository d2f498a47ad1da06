/**
 * Keeps the screen from going dark until the returned function is called: with the screen, phones put the page to sleep. The browser takes
 * the lock away with every look at another tab, so it is asked for again.
 */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const ask = async (): Promise<void> => {
    if (over || document.visibilityState !== 'visible' || lock?.released === false) return;
    try {
      // Absent in older browsers.
      const taken = await navigator.wakeLock?.request('screen');
      if (over) void taken?.release();
      else lock = taken;
    } catch {
      // Refused to save power: the call goes on as long as the system lets it.
    }
  };
  const visible = (): void => void ask();
  document.addEventListener('visibilitychange', visible);
  void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', visible);
    void lock?.release();
  };
}
