/** A codec as the command line names it, and what has to be heard of it. */
export interface QualityCase {
  readonly name: string;
  readonly words: readonly string[];
  readonly mode: 'nb' | 'wb';
  /** PESQ (MOS-LQO) with nothing lost. */
  readonly floor?: number;
  /** The same with a tenth of the packets lost. */
  readonly lossyFloor?: number;
  /** With 5 % lost, what is concealed has to beat silence by this much PESQ. */
  readonly concealmentGain?: number;
}

const GAIN = 0.5;

export const CASES: readonly QualityCase[] = [
  { name: 'G.711 A-law', words: ['pcma'], mode: 'nb', floor: 4.2, concealmentGain: GAIN },
  { name: 'G.711 µ-law', words: ['pcmu'], mode: 'nb', floor: 4.2, concealmentGain: GAIN },
  { name: 'G.729 A', words: ['g729'], mode: 'nb', floor: 3.5, concealmentGain: GAIN },
  {
    name: 'Speex narrow q8',
    words: ['speex', '--mode', 'nb'],
    mode: 'nb',
    floor: 3.9,
    concealmentGain: GAIN,
  },
  { name: 'Speex narrow q4', words: ['speex', '--mode', 'nb', '--quality', '4'], mode: 'nb' },
  { name: 'G.722', words: ['g722'], mode: 'wb', floor: 4.3, concealmentGain: GAIN },
  { name: 'G.711 A-law at 16 kHz', words: ['pcma/16000'], mode: 'wb' },
  { name: 'L16 at 16 kHz', words: ['l16'], mode: 'wb', floor: 4.5, concealmentGain: GAIN },
  { name: 'Speex wide q8', words: ['speex'], mode: 'wb', floor: 3.75, concealmentGain: GAIN },
  { name: 'Speex ultra-wide q8', words: ['speex', '--mode', 'uwb'], mode: 'wb' },
  { name: 'Opus 12k', words: ['opus', '--bitrate', '12000', '--no-fec'], mode: 'wb' },
  { name: 'Opus 24k', words: ['opus', '--bitrate', '24000', '--no-fec'], mode: 'wb', floor: 4.2 },
  {
    name: 'Opus 40k with FEC',
    words: ['opus'],
    mode: 'wb',
    floor: 4.2,
    lossyFloor: 3.5,
    concealmentGain: GAIN,
  },
];
