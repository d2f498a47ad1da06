/** What a page did with devices and sounds, as far as a script beside it can tell. */
export interface Probe {
  /** Microphone tracks in the order in which they were opened. */
  tracks: MediaStreamTrack[];
  contexts: AudioContext[];
  /** Where each media element was told to play, when it began to. */
  played: string[];
  /** Frequencies of its tones, in Hz. */
  tones: number[];
  /** What was handed to the system to pass on. */
  shared: ShareData[];
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Runs inside the page before its own script: everything stays as it is, and is written down. */
export function probePage(): void {
  const probe: Probe = { tracks: [], contexts: [], played: [], tones: [], shared: [] };
  window.probe = probe;
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    probe.tracks.push(...stream.getAudioTracks());
    return stream;
  };
  window.AudioContext = new Proxy(AudioContext, {
    construct: (Context, [options]: [AudioContextOptions]) => {
      const context = new Context(options);
      probe.contexts.push(context);
      return context;
    },
  });
  window.OscillatorNode = new Proxy(OscillatorNode, {
    construct: (Node, [context, options]: [BaseAudioContext, OscillatorOptions]) => {
      probe.tones.push(options.frequency ?? 0);
      return new Node(context, options);
    },
  });
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    probe.played.push(this.sinkId);
    return play.call(this);
  };
  // Chromium has it on some systems only.
  navigator.share = async (data = {}) => {
    probe.shared.push(data);
  };
}
