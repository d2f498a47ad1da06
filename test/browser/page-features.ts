/** What a browser has of the things that a call can use. */
export interface PageFeatures {
  audioWorklet: boolean;
  /** Opus by the browser's own codec; libopus in WebAssembly does it elsewhere. */
  decodesOpus: boolean;
  encodesOpus: boolean;
  /** How the loudspeaker is chosen. */
  chooseLoudspeaker: 'context' | 'element' | 'no';
  wakeLock: boolean;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  /** How finely `performance.now()` tells the time, in ms. */
  clockStepMs: number;
}

/** Looks for them; runs in the page, so everything that it needs is in here. */
export async function readPageFeatures(): Promise<PageFeatures> {
  const supports = async (ask: () => Promise<{ supported?: boolean }>): Promise<boolean> => {
    try {
      return (await ask()).supported === true;
    } catch {
      return false;
    }
  };
  const opus = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 };
  const can = navigator.mediaDevices.getSupportedConstraints();
  const hasElement = 'setSinkId' in HTMLMediaElement.prototype;
  let clockStepMs = Number.POSITIVE_INFINITY;
  for (let found = 0, before = performance.now(); found < 5; ) {
    const now = performance.now();
    if (now === before) continue;
    clockStepMs = Math.min(clockStepMs, now - before);
    before = now;
    found += 1;
  }
  return {
    audioWorklet: typeof AudioWorkletNode !== 'undefined',
    decodesOpus: await supports(() => AudioDecoder.isConfigSupported(opus)),
    encodesOpus: await supports(() => AudioEncoder.isConfigSupported({ ...opus, bitrate: 32_000 })),
    chooseLoudspeaker: 'setSinkId' in AudioContext.prototype ? 'context' : hasElement ? 'element' : 'no',
    wakeLock: 'wakeLock' in navigator,
    echoCancellation: can.echoCancellation === true,
    noiseSuppression: can.noiseSuppression === true,
    autoGainControl: can.autoGainControl === true,
    clockStepMs: Math.round(1_000 * clockStepMs) / 1_000,
  };
}
