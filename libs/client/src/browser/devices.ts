import type { Unsubscribe } from '../emitter.ts';

/** A microphone or a loudspeaker of this machine. */
export interface AudioDevice {
  /** For `useMicrophone` and `useLoudspeaker`; empty as long as the browser does not tell. */
  deviceId: string;
  /** Empty as long as the browser does not tell: until a microphone was allowed once. */
  name: string;
}

/** What this machine has. */
export interface AudioDevices {
  /** In the system's order. */
  microphones: AudioDevice[];
  /** Empty in browsers that let no page choose. */
  loudspeakers: AudioDevice[];
}

/** Chromium lists two devices again under these names: whichever the system uses by default. */
const ALIASES = new Set(['default', 'communications']);

const enumerate = async (): Promise<MediaDeviceInfo[]> =>
  // Absent where the page is no secure context: then there is nothing to choose from.
  (await navigator.mediaDevices?.enumerateDevices()) ?? [];

const named = (devices: readonly MediaDeviceInfo[], kind: MediaDeviceKind): AudioDevice[] =>
  devices
    .filter((device) => device.kind === kind && !ALIASES.has(device.deviceId))
    .map(({ deviceId, label }) => ({ deviceId, name: label }));

/**
 * The microphones and loudspeakers of this machine, in the system's order. The system's default is none of them:
 * it is used where no `deviceId` is given.
 *
 * @example
 * const { microphones } = await listDevices();
 * for (const { deviceId, name } of microphones) menu.add(new Option(name || 'Microphone', deviceId));
 */
export const listDevices = async (): Promise<AudioDevices> => {
  const devices = await enumerate();
  return { microphones: named(devices, 'audioinput'), loudspeakers: named(devices, 'audiooutput') };
};

/**
 * Calls `listener` when something was plugged in or pulled out, or became the system's default.
 *
 * @example
 * const stop = onDevicesChanged(async () => showDevices(await listDevices()));
 */
export const onDevicesChanged = (listener: () => void): Unsubscribe => {
  const { mediaDevices } = navigator;
  const changed = (): void => listener();
  mediaDevices?.addEventListener('devicechange', changed);
  return () => mediaDevices?.removeEventListener('devicechange', changed);
};

/** What is plugged in right now, by the ids that tracks carry. */
export interface PluggedIn {
  /** Aliases included. */
  ids: ReadonlySet<string>;
  /** Tells one device behind the system's default from another; undefined where the browser keeps that to itself. */
  defaultGroup: string | undefined;
}

/** What is plugged in of one kind. */
export const pluggedIn = async (kind: 'audioinput' | 'audiooutput'): Promise<PluggedIn> => {
  const devices = (await enumerate()).filter((device) => device.kind === kind);
  return {
    ids: new Set(devices.map(({ deviceId }) => deviceId)),
    defaultGroup: devices.find(({ deviceId }) => deviceId === 'default')?.groupId,
  };
};
