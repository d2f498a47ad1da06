// @ts-check
import { join } from 'node:path';
import { WavWriter } from '@partyline/client/node';

const SAMPLES_PER_MS = 48;
/** Within a sentence, voice that is this little off its place follows without a gap: no two clocks run alike. */
const NO_GAP_SAMPLES = 20 * SAMPLES_PER_MS;
/** Files open at once; the voices of further speakers are in the mix only. */
const MOST_TRACKS = 64;
/** Silence is written in pieces of a second. */
const SILENCE = new Float32Array(1_000 * SAMPLES_PER_MS);

/** A WAV file for each speaker, on one time line. */
export class Tracks {
  #folder;
  #startMs;
  /** @type {Map<number, { wav: WavWriter; samples: number }>} by stream id */
  #tracks = new Map();

  /** @param {string} folder @param {number} startMs when the files begin, on the room's clock */
  constructor(folder, startMs) {
    this.#folder = folder;
    this.#startMs = startMs;
  }

  /**
   * Puts voice where it was spoken.
   * @param {import('@partyline/client').DecodedVoice} voice @param {string} name of the speaker
   */
  write({ streamId, pcm, capturedAtMs, spurtStart }, name) {
    let track = this.#tracks.get(streamId);
    if (track === undefined) {
      if (this.#tracks.size >= MOST_TRACKS) return;
      const safe = name.replaceAll(/[^\w.-]+/g, '_').slice(0, 80);
      track = { wav: new WavWriter(join(this.#folder, `${safe}-${streamId}.wav`)), samples: 0 };
      this.#tracks.set(streamId, track);
    }
    const gap = Math.round((capturedAtMs - this.#startMs) * SAMPLES_PER_MS) - track.samples;
    // Spoken before the recording began, or there already.
    if (gap + pcm.length <= 0) return;
    if (gap > (spurtStart ? 0 : NO_GAP_SAMPLES)) this.#pad(track, gap);
    const from = gap < -NO_GAP_SAMPLES ? -gap : 0;
    track.wav.write(pcm.subarray(from));
    track.samples += pcm.length - from;
  }

  /** Makes all files equally long. @param {number} endMs on the room's clock */
  close(endMs) {
    return [...this.#tracks.values()].map((track) => {
      this.#pad(track, Math.round((endMs - this.#startMs) * SAMPLES_PER_MS) - track.samples);
      track.wav.close();
      return { path: track.wav.path, seconds: track.wav.seconds };
    });
  }

  /** @param {{ wav: WavWriter; samples: number }} track @param {number} samples */
  #pad(track, samples) {
    for (let left = samples; left > 0; left -= SILENCE.length) {
      track.wav.write(SILENCE.subarray(0, Math.min(left, SILENCE.length)));
    }
    track.samples += Math.max(0, samples);
  }
}
