export { type Device, device, lateDevice, type Pull, stopping } from './devices.ts';
export { type Heard, type Look, listen, TONE_STEP } from './listening.ts';
export {
  LEAST_TRANSIT_MS,
  retransmissions,
  stalls,
  steady,
  uniform,
  wifi,
  withRoute,
  withStall,
} from './networks.ts';
export { seeded } from './seeded.ts';
export { type Delay, FRAME_MS, FRAME_SAMPLES, type StreamFrame, type TalkOptions, talk } from './stream.ts';
