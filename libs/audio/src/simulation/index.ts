export { type Device, device, lateDevice, type Pull, stopping } from './devices.ts';
export { type Heard, type Look, listen, TONE_STEP } from './listening.ts';
export {
  busyThread,
  LEAST_TRANSIT_MS,
  pauses,
  retransmissions,
  stalls,
  steady,
  uniform,
  wifi,
  withRoute,
  withStall,
} from './networks.ts';
export { seeded } from './seeded.ts';
export {
  type Delay,
  FRAME_MS,
  FRAME_SAMPLES,
  recorded,
  type StreamFrame,
  type TalkOptions,
  talk,
} from './stream.ts';
