import type { ToneName } from './tone-gate.ts';

/** One note of a tone. */
interface Note {
  hz: number;
  /** After the tone's beginning, and how long it takes to fade, in s. */
  atS: number;
  fadeS: number;
}

/** Up for coming and talking, down for going and silence, so that the two can be told apart by ear alone. */
const notes: Readonly<Record<ToneName, readonly Note[]>> = {
  join: [
    { hz: 523.25, atS: 0, fadeS: 0.12 },
    { hz: 783.99, atS: 0.09, fadeS: 0.2 },
  ],
  leave: [
    { hz: 659.26, atS: 0, fadeS: 0.12 },
    { hz: 440, atS: 0.09, fadeS: 0.2 },
  ],
  message: [{ hz: 1_046.5, atS: 0, fadeS: 0.16 }],
  unmuted: [
    { hz: 440, atS: 0, fadeS: 0.07 },
    { hz: 587.33, atS: 0.06, fadeS: 0.1 },
  ],
  muted: [
    { hz: 587.33, atS: 0, fadeS: 0.07 },
    { hz: 440, atS: 0.06, fadeS: 0.1 },
  ],
};

/** Well below speech: about −26 dBFS at its loudest. */
const PEAK = 0.05;
/** A step from silence is heard as a click. */
const ATTACK_S = 0.008;
/** Exponential ramps never reach 0. */
const SILENCE = 0.000_1;

/**
 * Plays a tone into an audio node, out of oscillators: there is no file to fetch.
 * @param into where everything heard goes through, so that the tone has its volume and its loudspeaker
 */
export function playTone(name: ToneName, into: AudioNode): void {
  const { context } = into;
  // While the browser holds sound back, tones would be kept and come all at once.
  if (context.state !== 'running') return;
  const beginS = context.currentTime + 0.01;
  for (const { hz, atS, fadeS } of notes[name]) {
    const startS = beginS + atS;
    const endS = startS + ATTACK_S + fadeS;
    const envelope = new GainNode(context, { gain: 0 });
    envelope.gain.setValueAtTime(0, startS);
    envelope.gain.linearRampToValueAtTime(PEAK, startS + ATTACK_S);
    envelope.gain.exponentialRampToValueAtTime(SILENCE, endS);
    const oscillator = new OscillatorNode(context, { type: 'sine', frequency: hz });
    oscillator.connect(envelope).connect(into);
    oscillator.start(startS);
    oscillator.stop(endS);
    oscillator.onended = () => envelope.disconnect();
  }
}
