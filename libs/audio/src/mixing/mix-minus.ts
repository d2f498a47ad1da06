import { PeakLimiter } from '../peak-limiter.ts';

/** Settings of a {@link MixMinus}. */
export interface MixMinusOptions {
  /** Of a block, for everybody; 960 are 20 ms at 48 kHz. */
  blockSamples: number;
  /** Of all PCM, Hz. Default 48000. */
  sampleRate?: number;
  /** Most participants at once; further ones are refused. Default 64. */
  maxParticipants?: number;
}

/** Gets what a participant hears; `shared` is set for those who all get the same array: encode it once for all of them. */
export type MixHandler<Id> = (id: Id, pcm: Float32Array, shared: boolean) => void;

interface Participant {
  readonly own: Float32Array;
  readonly limiter: PeakLimiter;
  readonly heard: Float32Array;
  spoke: boolean;
}

/**
 * Mixes a conference block by block: everybody hears everybody but themselves. All voices are summed once, and from the sum each
 * speaker's own is taken away, so that a block costs as much for each speaker and almost nothing for each listener. Peaks are held at −1 dBFS
 * by a limiter for each mix; what is quieter passes unchanged. Memory stays as it is while nobody comes or goes.
 *
 * @example
 * const conference = new MixMinus<string>({ blockSamples: 160, sampleRate: 8000 });
 * conference.add('ada');
 * conference.add('grace');
 * conference.put('ada', block);
 * conference.mix((id, pcm) => lines.get(id).send(pcm));
 */
export class MixMinus<Id = number> {
  readonly blockSamples: number;
  readonly sampleRate: number;
  readonly #maxParticipants: number;
  readonly #participants = new Map<Id, Participant>();
  /** At double precision, so that taking a voice away leaves nothing of it. */
  readonly #sum: Float64Array;
  readonly #limiter: PeakLimiter;
  readonly #shared: Float32Array;

  /** @throws RangeError that says what to give instead */
  constructor({ blockSamples, sampleRate = 48000, maxParticipants = 64 }: MixMinusOptions) {
    for (const [name, value] of Object.entries({ blockSamples, sampleRate, maxParticipants })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`${name} is ${value}; give a whole number from 1 on`);
      }
    }
    this.blockSamples = blockSamples;
    this.sampleRate = sampleRate;
    this.#maxParticipants = maxParticipants;
    this.#sum = new Float64Array(blockSamples);
    this.#limiter = new PeakLimiter(sampleRate);
    this.#shared = new Float32Array(blockSamples);
  }

  /** Who takes part. */
  get ids(): Id[] {
    return [...this.#participants.keys()];
  }

  /** @returns false when `maxParticipants` are there already; true also for somebody who takes part already */
  add(id: Id): boolean {
    if (this.#participants.has(id)) return true;
    if (this.#participants.size >= this.#maxParticipants) return false;
    this.#participants.set(id, {
      own: new Float32Array(this.blockSamples),
      heard: new Float32Array(this.blockSamples),
      limiter: new PeakLimiter(this.sampleRate),
      spoke: false,
    });
    return true;
  }

  /** Somebody leaves; what they said into the block that is not mixed yet goes with them. */
  remove(id: Id): void {
    this.#participants.delete(id);
  }

  /**
   * What somebody says in this block; copied. Who puts nothing is silent. A second call for one block replaces the first.
   * @param gain factor
   * @returns false for somebody who does not take part
   * @throws RangeError for another number of samples than `blockSamples`
   */
  put(id: Id, pcm: Float32Array, gain = 1): boolean {
    if (pcm.length !== this.blockSamples) {
      throw new RangeError(
        `this block has ${pcm.length} samples; give ${this.blockSamples}, the blockSamples of this mix`,
      );
    }
    const participant = this.#participants.get(id);
    if (participant === undefined) return false;
    const { own } = participant;
    for (let i = 0; i < own.length; i += 1) {
      const sample = pcm[i]! * gain;
      // One sample that is no number would spoil the sum for everybody.
      own[i] = Number.isFinite(sample) ? sample : 0;
    }
    participant.spoke = true;
    return true;
  }

  /**
   * Ends the block: tells everybody's mix, in the order in which they came. The arrays are used again for the next block, and must
   * not be written to.
   */
  mix(handler: MixHandler<Id>): void {
    const sum = this.#sum;
    sum.fill(0);
    for (const { spoke, own } of this.#participants.values()) {
      if (spoke) for (let i = 0; i < sum.length; i += 1) sum[i] = sum[i]! + own[i]!;
    }
    this.#shared.set(sum);
    this.#limiter.process(this.#shared);
    for (const [id, participant] of this.#participants) {
      const { spoke, own, heard, limiter } = participant;
      participant.spoke = false;
      if (!spoke) {
        // Where this one's limiter would stand by now: the first word they say moves nothing in what they hear.
        limiter.follow(this.#limiter);
        handler(id, this.#shared, true);
        continue;
      }
      for (let i = 0; i < sum.length; i += 1) heard[i] = sum[i]! - own[i]!;
      limiter.process(heard);
      handler(id, heard, false);
    }
  }
}
