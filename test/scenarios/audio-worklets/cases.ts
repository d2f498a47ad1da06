import { type ChainStage, dtmfSound } from '@partyline/audio';

/** A chain that is compared. */
export interface ChainCase {
  name: string;
  stages: readonly ChainStage[];
  sampleRates: readonly number[];
}

const RATES = [8_000, 16_000, 44_100, 48_000];
/** Cuts at 3 kHz are possible in all of them. */
const edge = { hz: 3_000 } as const;

export const CASES: readonly ChainCase[] = [
  { name: 'low pass', stages: [{ stage: 'lowPass', ...edge, dbPerOctave: 48 }], sampleRates: RATES },
  { name: 'high pass', stages: [{ stage: 'highPass', hz: 120, order: 3 }], sampleRates: RATES },
  { name: 'band pass', stages: [{ stage: 'bandPass', lowHz: 400, highHz: 2_000 }], sampleRates: RATES },
  { name: 'notch', stages: [{ stage: 'notch', hz: 1_000, widthHz: 50 }], sampleRates: RATES },
  { name: 'telephone band', stages: [{ stage: 'telephoneBand' }], sampleRates: RATES },
  { name: 'automatic gain', stages: [{ stage: 'automaticGain', targetDbfs: -18 }], sampleRates: RATES },
  { name: 'DTMF', stages: [{ stage: 'dtmf' }], sampleRates: RATES },
  { name: 'level', stages: [{ stage: 'level' }], sampleRates: RATES },
  { name: 'voice', stages: [{ stage: 'voice', hangoverMs: 60 }], sampleRates: RATES },
  { name: 'frames at 16 kHz', stages: [{ stage: 'frames', toHz: 16_000 }], sampleRates: RATES },
  {
    name: 'comfort noise',
    stages: [{ stage: 'comfortNoise', payload: Uint8Array.of(40, 60, 150, 120) }],
    sampleRates: [16_000, 48_000],
  },
  {
    name: 'all of them',
    stages: [
      { stage: 'highPass', hz: 100 },
      { stage: 'automaticGain' },
      { stage: 'telephoneBand' },
      { stage: 'dtmf' },
      { stage: 'level' },
    ],
    sampleRates: RATES,
  },
  { name: 'noise suppression', stages: [{ stage: 'denoise' }, { stage: 'level' }], sampleRates: [48_000] },
];

/** Digits that are dialled into the speech. */
export const DIALLED = '159D*0';

/** Speech with digits dialled between two halves of it. */
export const speechWithDigits = (speech: Float32Array, sampleRate: number): Float32Array => {
  const dial = dtmfSound(DIALLED, { sampleRate, toneMs: 60, pauseMs: 60 });
  const gap = Math.round(sampleRate / 10);
  const half = Math.floor(speech.length / 2);
  const out = new Float32Array(speech.length + dial.length + 2 * gap);
  out.set(speech.subarray(0, half));
  out.set(dial, half + gap);
  out.set(speech.subarray(half), half + dial.length + 2 * gap);
  return out;
};
