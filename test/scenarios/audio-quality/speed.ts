import {
  AutomaticGain,
  Chain,
  ComfortNoiseGenerator,
  DtmfDetector,
  MixMinus,
  Resampler,
  telephoneBand,
  VoiceDetector,
} from '@partyline/audio';
import { Denoiser } from '@partyline/audio/denoise';

/** How many times faster than the sound lasts something works, in this process. */
export interface Speed {
  name: string;
  timesRealTime: number;
}

const BLOCK = 960;
const SECONDS = 20;

const timesRealTime = (speech: Float32Array, work: (block: Float32Array) => unknown): number => {
  const blocks = (SECONDS * 48_000) / BLOCK;
  const blockOf = (i: number): Float32Array => {
    const at = (i * BLOCK) % (speech.length - BLOCK);
    return speech.slice(at, at + BLOCK);
  };
  // Compiled by then.
  for (let i = 0; i < 50; i += 1) work(blockOf(i));
  const begunMs = performance.now();
  for (let i = 0; i < blocks; i += 1) work(blockOf(i));
  return (SECONDS * 1_000) / (performance.now() - begunMs);
};

/** Of each kind of processing, at 48 kHz in blocks of 20 ms. */
export const speeds = (speech: Float32Array): Speed[] => {
  const filter = telephoneBand();
  const down = new Resampler({ fromHz: 48_000, toHz: 8_000 });
  const across = new Resampler({ fromHz: 48_000, toHz: 44_100 });
  const gain = new AutomaticGain();
  const dtmf = new DtmfDetector();
  const voice = new VoiceDetector();
  const comfort = new ComfortNoiseGenerator();
  comfort.update(Uint8Array.of(50, 60, 150, 120, 130, 120, 130, 127, 127, 127, 127));
  const denoiser = new Denoiser();
  const chain = new Chain([{ stage: 'highPass', hz: 100 }, { stage: 'automaticGain' }, { stage: 'level' }]);
  const conference = new MixMinus({ blockSamples: BLOCK });
  for (let id = 0; id < 32; id += 1) conference.add(id);
  const works: [string, (block: Float32Array) => unknown][] = [
    ['telephone band, 12 poles', (block) => filter.process(block)],
    ['resampling to 8 kHz', (block) => down.process(block)],
    ['resampling to 44.1 kHz', (block) => across.process(block)],
    ['automatic gain', (block) => gain.process(block)],
    ['DTMF detection', (block) => dtmf.process(block)],
    ['voice detection', (block) => voice.process(block)],
    ['comfort noise', (block) => comfort.generate(block)],
    ['noise suppression', (block) => denoiser.process(block)],
    ['chain of high pass, gain and level', (block) => chain.process(block)],
    [
      'conference of 32, 4 of whom speak',
      (block) => {
        for (let id = 0; id < 4; id += 1) conference.put(id, block);
        conference.mix(() => undefined);
      },
    ],
  ];
  const found = works.map(([name, work]) => ({ name, timesRealTime: timesRealTime(speech, work) }));
  denoiser.close();
  return found;
};
