import { VoiceActivityDetector } from '../level.ts';
import { PeakLimiter } from '../peak-limiter.ts';
import { VoiceBand } from '../voice-band.ts';

/** Settings of an {@link AutomaticGain}. */
export interface AutomaticGainOptions {
  /** Hz. Default 48000. */
  sampleRate?: number;
  /** RMS level that speech is brought to, pauses not counted, dBFS, −40 to −10. Default −20. */
  targetDbfs?: number;
  /** Quiet speech is raised by no more than this, dB. Default 30. */
  maxGainDb?: number;
  /** Loud speech is lowered by no more than this, dB. Default 20. */
  maxCutDb?: number;
  /** How fast the gain may rise, dB a second. Default 6. */
  riseDbPerSecond?: number;
  /** How fast it may fall: what is too loud annoys at once. Default 30. */
  fallDbPerSecond?: number;
}

const BLOCK_MS = 10;
/** Speech that the level is averaged over, in blocks: a sentence. */
const SLOW_BLOCKS = 200;
/** The same while it is plain that somebody else speaks, or from somewhere else: two words. */
const FAST_BLOCKS = 40;
/** What two words say about the level. */
const SHORT_BLOCKS = 40;
/** Further off than two words of one voice ever are, dB. */
const CHANGED_DB = 8;
/** What is further below the level of speech is a pause, or noise that has just begun (ITU-T P.56 has the same margin). */
const MARGIN_DB = 15.9;
/** Unless hardly anything louder comes for so long: a voice then, as steady noise is known for noise after three seconds. */
const PATIENCE_BLOCKS = 350;
/** Doubts that one louder block takes away: of speech at its level more blocks are above the margin than below. */
const REASSURANCE = 3;
/** A gain that is as near as this stays: sentences differ by more. */
const NEAR_DB = 0.5;

/**
 * Brings speech to one level, whoever speaks and from wherever, without delay. It measures where somebody talks and stands still where nobody
 * does, so that noise does not swell up in pauses. Peaks are held at −1 dBFS. Any sizes of pieces give the same output.
 *
 * @example
 * const gain = new AutomaticGain({ sampleRate: 16000, targetDbfs: -20 });
 * for (const block of blocks) gain.process(block);
 */
export class AutomaticGain {
  readonly #options: Required<AutomaticGainOptions>;
  readonly #block: Float32Array;
  #band: VoiceBand;
  #voice: VoiceActivityDetector;
  #limiter: PeakLimiter;
  #filled = 0;
  /** Mean power of the speech so far, over the last sentence and over the last words. */
  #slow = 0;
  #short = 0;
  #heardBlocks = 0;
  #doubtfulBlocks = 0;
  #gainDb = 0;
  #gain = 1;
  #step = 0;

  /** @throws RangeError that says what to give instead */
  constructor(options: AutomaticGainOptions = {}) {
    this.#options = {
      sampleRate: options.sampleRate ?? 48000,
      targetDbfs: options.targetDbfs ?? -20,
      maxGainDb: options.maxGainDb ?? 30,
      maxCutDb: options.maxCutDb ?? 20,
      riseDbPerSecond: options.riseDbPerSecond ?? 6,
      fallDbPerSecond: options.fallDbPerSecond ?? 30,
    };
    const { sampleRate, targetDbfs, ...others } = this.#options;
    if (!(sampleRate >= 8000)) throw new RangeError(`sampleRate is ${sampleRate}; give 8000 or more`);
    if (!(targetDbfs >= -40 && targetDbfs <= -10)) {
      throw new RangeError(`targetDbfs is ${targetDbfs}; give −40 to −10: louder speech would be all peaks`);
    }
    for (const [name, value] of Object.entries(others)) {
      if (!(value >= 0 && value <= 100)) throw new RangeError(`${name} is ${value}; give 0 to 100`);
    }
    this.#block = new Float32Array(Math.round((sampleRate * BLOCK_MS) / 1000));
    this.#band = new VoiceBand(sampleRate);
    this.#voice = this.#newVoice();
    this.#limiter = new PeakLimiter(sampleRate);
  }

  /** The gain in use, dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** Level of the speech that comes in, dBFS; undefined until somebody has talked. */
  get speechDbfs(): number | undefined {
    return this.#heardBlocks === 0 ? undefined : 10 * Math.log10(this.#slow);
  }

  /**
   * Changes the next samples in place.
   * @returns `pcm`
   */
  process(pcm: Float32Array): Float32Array {
    for (let i = 0; i < pcm.length; i += 1) {
      const sample = Number.isFinite(pcm[i]!) ? pcm[i]! : 0;
      this.#block[this.#filled] = sample;
      this.#gain += this.#step;
      pcm[i] = sample * this.#gain;
      this.#filled += 1;
      if (this.#filled === this.#block.length) this.#adapt();
    }
    this.#limiter.process(pcm);
    return pcm;
  }

  /** Forgets the sound so far, and the gain. */
  reset(): void {
    this.#band = new VoiceBand(this.#options.sampleRate);
    this.#voice = this.#newVoice();
    this.#limiter = new PeakLimiter(this.#options.sampleRate);
    this.#filled = 0;
    this.#slow = 0;
    this.#short = 0;
    this.#heardBlocks = 0;
    this.#doubtfulBlocks = 0;
    this.#gainDb = 0;
    this.#gain = 1;
    this.#step = 0;
  }

  #newVoice(): VoiceActivityDetector {
    // Hardly any hang-over: pauses between words would be taken for quiet speech.
    return new VoiceActivityDetector({ frameMs: BLOCK_MS, hangoverMs: BLOCK_MS });
  }

  #adapt(): void {
    this.#filled = 0;
    const levelDbov = this.#band.levelDbov(this.#block);
    if (this.#voice.update(levelDbov) && this.#isSpeech(levelDbov)) {
      this.#hear(10 ** (-levelDbov / 10));
      this.#gainDb += this.#change();
    }
    // Reached in a straight line by the end of the next block, and from where the last one really ended.
    this.#step = (10 ** (this.#gainDb / 20) - this.#gain) / this.#block.length;
  }

  #isSpeech(levelDbov: number): boolean {
    if (this.#heardBlocks === 0 || -levelDbov >= 10 * Math.log10(this.#slow) - MARGIN_DB) {
      this.#doubtfulBlocks = Math.max(0, this.#doubtfulBlocks - REASSURANCE);
      return true;
    }
    this.#doubtfulBlocks += 1;
    if (this.#doubtfulBlocks < PATIENCE_BLOCKS) return false;
    this.#doubtfulBlocks = 0;
    this.#heardBlocks = 0;
    return true;
  }

  #hear(power: number): void {
    this.#heardBlocks += 1;
    this.#short += (power - this.#short) / Math.min(this.#heardBlocks, SHORT_BLOCKS);
    const apartDb = Math.abs(10 * Math.log10(this.#short / Math.max(1e-12, this.#slow)));
    const over = apartDb > CHANGED_DB ? FAST_BLOCKS : SLOW_BLOCKS;
    this.#slow += (power - this.#slow) / Math.min(this.#heardBlocks, over);
  }

  /** By how much the gain moves within a block of speech, dB. */
  #change(): number {
    const { targetDbfs, maxGainDb, maxCutDb, riseDbPerSecond, fallDbPerSecond } = this.#options;
    const wantedDb = Math.max(-maxCutDb, Math.min(maxGainDb, targetDbfs - 10 * Math.log10(this.#slow)));
    const missingDb = wantedDb - this.#gainDb;
    if (Math.abs(missingDb) < NEAR_DB) return 0;
    const perBlock = BLOCK_MS / 1000;
    return Math.max(-fallDbPerSecond * perBlock, Math.min(riseDbPerSecond * perBlock, missingDb));
  }
}
