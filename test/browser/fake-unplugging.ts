/**
 * Runs inside the page before its own scripts. Chromium's fake microphones cannot be pulled out, so what a page sees of
 * that is staged: the device is left out of `enumerateDevices`, asking for it is answered as for a missing one, its
 * tracks end with the event that a script cannot cause by itself, and `devicechange` is told. Everything else is real.
 */
export interface Unplugging {
  /** Ids that are pulled out. */
  readonly out: Set<string>;
  /** How often the page asked for a microphone. */
  asked: number;
  /** How many audio contexts it opened. */
  contexts: number;
  /** Every audio element that it made. */
  readonly elements: HTMLAudioElement[];
  /** What the SDK told of devices, in order. */
  readonly told: string[];
  pull(...deviceIds: string[]): void;
  plugIn(...deviceIds: string[]): void;
}

declare global {
  interface Window {
    unplugging: Unplugging;
  }
}

export function fakeUnplugging(): void {
  const { mediaDevices } = navigator;
  const tracks = new Set<MediaStreamTrack>();
  const changed = (): boolean => mediaDevices.dispatchEvent(new Event('devicechange'));
  const unplugging: Unplugging = {
    out: new Set(),
    asked: 0,
    contexts: 0,
    elements: [],
    told: [],
    pull: (...deviceIds) => {
      for (const id of deviceIds) unplugging.out.add(id);
      for (const track of tracks) {
        if (track.readyState !== 'live' || !unplugging.out.has(track.getSettings().deviceId ?? '')) continue;
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
      changed();
    },
    plugIn: (...deviceIds) => {
      for (const id of deviceIds) unplugging.out.delete(id);
      changed();
    },
  };
  window.unplugging = unplugging;
  const enumerate = mediaDevices.enumerateDevices.bind(mediaDevices);
  mediaDevices.enumerateDevices = async () =>
    (await enumerate()).filter(({ deviceId }) => !unplugging.out.has(deviceId));
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    unplugging.asked += 1;
    const stream = await open(constraints);
    const track = stream.getAudioTracks()[0]!;
    if (unplugging.out.has(track.getSettings().deviceId ?? '')) {
      track.stop();
      throw new DOMException('Requested device not found', 'NotFoundError');
    }
    tracks.add(track);
    return stream;
  };
  window.AudioContext = class extends AudioContext {
    constructor(options?: AudioContextOptions) {
      super(options);
      unplugging.contexts += 1;
    }
  };
  const make = window.Audio;
  window.Audio = function makeAudio(source?: string) {
    const element = new make(source);
    unplugging.elements.push(element);
    return element;
  } as unknown as typeof Audio;
  const choose = (AudioContext.prototype as { setSinkId?: (id: string) => Promise<void> }).setSinkId;
  if (choose !== undefined) {
    Object.assign(Object.getPrototypeOf(AudioContext.prototype) as object, {
      setSinkId(this: AudioContext, id: string) {
        if (unplugging.out.has(id))
          return Promise.reject(new DOMException('no such device', 'NotFoundError'));
        return choose.call(this, id);
      },
    });
  }
}
