/** A voiced, syllabic signal: harmonics of a gliding pitch under a formant-like slope, with pauses. */
export function syntheticVoice(seconds: number): Float32Array {
  const pcm = new Float32Array(Math.round(seconds * 48000));
  let phase = 0;
  for (let i = 0; i < pcm.length; i += 1) {
    const t = i / 48000;
    const pitchHz = 130 + 25 * Math.sin(2 * Math.PI * 0.7 * t);
    phase += (2 * Math.PI * pitchHz) / 48000;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t)) ** 0.5;
    let sample = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic += 1) {
      const hz = harmonic * pitchHz;
      const formants = 1 / (1 + ((hz - 600) / 250) ** 2) + 0.4 / (1 + ((hz - 1700) / 300) ** 2);
      sample += formants * Math.sin(harmonic * phase + harmonic * harmonic);
    }
    pcm[i] = 0.18 * syllable * sample;
  }
  return pcm;
}

/** Best normalised correlation of `degraded` with `reference`, and its delay within 0 to 1000 samples. */
export function bestMatch(reference: Float32Array, degraded: Float32Array) {
  let best = { correlation: -1, delaySamples: 0 };
  for (let delaySamples = 0; delaySamples <= 1000; delaySamples += 1) {
    let dot = 0;
    let refEnergy = 0;
    let degEnergy = 0;
    // Every third sample is plenty to tell one delay from the next.
    for (let i = 0; i + delaySamples < degraded.length && i < reference.length; i += 3) {
      const r = reference[i]!;
      const d = degraded[i + delaySamples]!;
      dot += r * d;
      refEnergy += r * r;
      degEnergy += d * d;
    }
    const correlation = dot / Math.sqrt(refEnergy * degEnergy + 1e-12);
    if (correlation > best.correlation) best = { correlation, delaySamples };
  }
  return best;
}

/** Joins chunks of PCM. */
export function concat(chunks: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
