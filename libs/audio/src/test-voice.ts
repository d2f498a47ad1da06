const RATE = 48_000;

/** Formants of vowels as an adult speaks them, in Hz: first, second, third. */
const VOWELS = [
  [730, 1_090, 2_440],
  [530, 1_840, 2_480],
  [270, 2_290, 3_010],
  [570, 840, 2_410],
  [300, 870, 2_240],
] as const;
const BANDWIDTHS_HZ = [80, 100, 140] as const;
const SYLLABLE_S = 0.22;
/** Loud part of a syllable; the rest fades, as between consonants. */
const VOICED_SHARE = 0.75;
/** Syllables of a phrase, and the pause after it. */
const PHRASE_SYLLABLES = 9;
const PAUSE_SYLLABLES = 3;
/** Level of the loud parts, as a microphone gives it. */
const RMS = 0.1;

/** A resonator of two poles, as one formant of a throat. */
class Formant {
  #a1 = 0;
  #a2 = 0;
  #gain = 0;
  #y1 = 0;
  #y2 = 0;

  tune(frequencyHz: number, bandwidthHz: number): void {
    const radius = Math.exp((-Math.PI * bandwidthHz) / RATE);
    this.#a1 = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / RATE);
    this.#a2 = -radius * radius;
    this.#gain = 1 - radius;
  }

  next(input: number): number {
    const output = this.#gain * input + this.#a1 * this.#y1 + this.#a2 * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = output;
    return output;
  }
}

/**
 * A voice-like signal, made by pulses through formants: phrases of sung vowels with pauses. No words, but
 * loudness, pitch and pauses as of speech, so that voice activity, codecs and selection treat it as such.
 * @param pitchHz where a phrase begins; people speak at 80 to 250 Hz
 * @returns mono at 48 kHz
 */
export const testVoice = (seconds: number, pitchHz = 135): Float32Array => {
  const pcm = new Float32Array(Math.round(seconds * RATE));
  const formants = BANDWIDTHS_HZ.map(() => new Formant());
  const syllableSamples = Math.round(SYLLABLE_S * RATE);
  let phase = 0;
  for (let i = 0; i < pcm.length; i += 1) {
    const syllable = Math.floor(i / syllableSamples);
    const within = (i % syllableSamples) / syllableSamples;
    const inPhrase = syllable % (PHRASE_SYLLABLES + PAUSE_SYLLABLES);
    if (i % syllableSamples === 0) {
      const vowel = VOWELS[(syllable * 7) % VOWELS.length]!;
      formants.forEach((formant, index) => {
        formant.tune(vowel[index]!, BANDWIDTHS_HZ[index]!);
      });
    }
    // The pitch falls over a phrase, as it does in a statement.
    const nowHz = pitchHz - 4 * inPhrase + 6 * Math.sin(2 * Math.PI * within);
    phase += nowHz / RATE;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    const envelope =
      inPhrase >= PHRASE_SYLLABLES ? 0 : Math.sin(Math.PI * Math.min(1, within / VOICED_SHARE)) ** 0.5;
    let sample = 0;
    for (const formant of formants) sample += formant.next(pulse);
    pcm[i] = sample * envelope;
  }
  return normalised(pcm);
};

const normalised = (pcm: Float32Array): Float32Array => {
  let energy = 0;
  let loud = 0;
  for (const sample of pcm) {
    energy += sample * sample;
    if (sample !== 0) loud += 1;
  }
  const gain = energy === 0 ? 0 : RMS / Math.sqrt(energy / loud);
  return pcm.map((sample) => Math.max(-1, Math.min(1, sample * gain)));
};
