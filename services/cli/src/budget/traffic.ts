import { framesPerMessage } from './coalesced.ts';
import { controlDown, controlUp } from './control.ts';
import { acknowledging, type Carriage, type Layers, layersOf, type Sent, together } from './wire.ts';

/** A call, as far as its data rate depends on it. */
export interface Call {
  readonly payloadBytes: number;
  readonly frameMs: number;
  readonly participants: number;
  /** Who talks at once; the others send nothing. */
  readonly talkers: number;
  /** How many of them the edge forwards. */
  readonly lastN: number;
  /** How long frames wait for each other at the edge, ms. */
  readonly coalesceMs: number;
  readonly tls: boolean;
}

/** Both directions, as seen by the participant, or by the edge: `up` is what it receives. */
export interface BothWays {
  up: Layers;
  down: Layers;
}

/** Data rates of a call. */
export interface Traffic {
  /** Talkers whose voice is forwarded; each participant gets all of it, its own included (protocol rule 19). */
  forwarded: number;
  framesPerMessage: number;
  talker: BothWays;
  /** Who says nothing. */
  listener: BothWays;
  /** All connections together. */
  edge: BothWays;
}

/** Nobody's frames are forwarded where nobody else is there to hear them. */
const forwardedOf = ({ participants, talkers, lastN }: Call): number =>
  participants < 2 ? 0 : Math.min(talkers, lastN);

/** The arithmetic of a call's data rate. */
export const trafficOf = (call: Call): Traffic => {
  const { payloadBytes, frameMs, participants, talkers, coalesceMs, tls } = call;
  const perSecond = 1_000 / frameMs;
  const forwarded = forwardedOf(call);
  const inOne = framesPerMessage(forwarded, frameMs, coalesceMs);
  const down: Omit<Sent, 'control'> = {
    payloadBytes,
    framesPerSecond: forwarded * perSecond,
    messagesPerSecond: (forwarded * perSecond) / inOne,
  };
  const up = { payloadBytes, framesPerSecond: perSecond, messagesPerSecond: perSecond };
  const nothing = { payloadBytes, framesPerSecond: 0, messagesPerSecond: 0 };
  const person = (talks: boolean): BothWays => {
    // Of those who are forwarded a talker hears one fewer, if it is one of them.
    const heard = Math.max(0, forwarded - (talks ? forwarded / talkers : 0));
    const upwards: Carriage = { masked: true, tls };
    const plainUp = layersOf(
      { ...(talks ? up : nothing), control: controlUp(Math.round(heard), forwarded > 0) },
      upwards,
    );
    const plainDown = layersOf({ ...down, control: controlDown(talks) }, { masked: false, tls });
    return { up: acknowledging(plainUp, plainDown), down: acknowledging(plainDown, plainUp) };
  };
  const talker = person(true);
  const listener = person(false);
  const all = (way: keyof BothWays): Layers =>
    together([
      { layers: talker[way], times: talkers },
      { layers: listener[way], times: participants - talkers },
    ]);
  return { forwarded, framesPerMessage: inOne, talker, listener, edge: { up: all('up'), down: all('down') } };
};
