/**
 * Runs inside the page before its own scripts, so everything it needs is in here. It listens in at the two ends
 * of the page, microphone and loudspeaker, and writes down what passes with the time at which it passes.
 */

/** A piece of sound that was heard in a page. */
export interface TapBlock {
  /** Epoch ms of the first sample: spoken into the microphone, or leaving the loudspeaker. */
  startsAtMs: number;
  sampleRate: number;
  /** 16-bit PCM, mono. */
  samples: Int16Array;
}

export interface PageTaps {
  microphone: TapBlock[];
  loudspeaker: TapBlock[];
  /** Nothing is written down while false: a long call would not fit. */
  recording: boolean;
  /** What the loudspeaker's clock says, and the page's at that moment, both in ms; undefined before it runs. */
  clocks: () => { loudspeakerMs: number; pageMs: number } | undefined;
}

declare global {
  interface Window {
    partylineTaps?: PageTaps;
  }
}

/** Source of the audio worklet that hands on every sample that reaches the loudspeaker, 10 render quanta at a time. */
export const tapWorkletSource = `
registerProcessor('loudspeaker-tap', class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(1280); this.filled = 0; this.frame = 0; }
  process([input]) {
    if (this.filled === 0) this.frame = currentFrame;
    const length = 128;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of input) sum += channel[i];
      this.block[this.filled + i] = input.length === 0 ? 0 : sum / input.length;
    }
    this.filled += length;
    if (this.filled === this.block.length) {
      this.port.postMessage({ frame: this.frame, samples: this.block.slice() });
      this.filled = 0;
    }
    return true;
  }
});`;

/** First of all scripts of a page: what runs TypeScript here marks functions with a helper that the page does not have. */
export const NAMING_SCRIPT = 'globalThis.__name ??= (value) => value;';

/** The script itself. @param workletSource see {@link tapWorkletSource} */
export function tapPage(workletSource: string): void {
  let output: AudioContext | undefined;
  const taps: PageTaps = {
    microphone: [],
    loudspeaker: [],
    recording: true,
    clocks: () => {
      const { contextTime = 0, performanceTime = 0 } = output?.getOutputTimestamp() ?? {};
      return contextTime > 0 ? { loudspeakerMs: contextTime * 1_000, pageMs: performanceTime } : undefined;
    },
  };
  window.partylineTaps = taps;
  const toPcm = (samples: Float32Array): Int16Array =>
    Int16Array.from(samples, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32_767));

  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    const track = stream.getAudioTracks()[0];
    if (track) {
      const copy = track.clone();
      const stop = track.stop.bind(track);
      // As long as a copy lives the browser keeps the device, and what it does to the sound, as they are.
      track.stop = () => {
        stop();
        copy.stop();
      };
      void listenToMicrophone(copy);
    }
    return stream;
  };

  async function listenToMicrophone(track: MediaStreamTrack): Promise<void> {
    // Chromium's own; no declaration of the DOM library has it.
    const { MediaStreamTrackProcessor } = window as unknown as {
      MediaStreamTrackProcessor: new (init: {
        track: MediaStreamTrack;
      }) => { readable: ReadableStream<AudioData> };
    };
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (!taps.recording) {
        value.close();
        continue;
      }
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      // The time stamp is that of the delivery; the first sample was spoken one block earlier.
      const spokenMs = value.timestamp / 1_000 - (1_000 * value.numberOfFrames) / value.sampleRate;
      taps.microphone.push({
        startsAtMs: performance.timeOrigin + spokenMs,
        sampleRate: value.sampleRate,
        samples: toPcm(samples),
      });
      value.close();
    }
  }

  const listened = new WeakMap<BaseAudioContext, Promise<AudioWorkletNode>>();
  // biome-ignore lint/suspicious/noExplicitAny: the method has overloads that cannot be told apart here.
  const connect = AudioNode.prototype.connect as any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  AudioNode.prototype.connect = function (this: AudioNode, ...args: any[]) {
    const target: unknown = args[0];
    if (target instanceof AudioDestinationNode && target.context instanceof AudioContext) {
      const { context } = target;
      const tap = listened.get(context) ?? listenToLoudspeaker(context);
      listened.set(context, tap);
      void tap.then((node) => connect.call(this, node));
    }
    return connect.apply(this, args);
  };

  async function listenToLoudspeaker(context: AudioContext): Promise<AudioWorkletNode> {
    output = context;
    const module = URL.createObjectURL(new Blob([workletSource], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(module);
    URL.revokeObjectURL(module);
    const node = new AudioWorkletNode(context, 'loudspeaker-tap', { numberOfOutputs: 1 });
    node.port.onmessage = ({ data }: MessageEvent<{ frame: number; samples: Float32Array }>) => {
      if (!taps.recording) return;
      // Which sample leaves the loudspeaker now, and when "now" is: output latency is in it.
      const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
      const aheadMs = (data.frame / context.sampleRate - contextTime) * 1_000;
      taps.loudspeaker.push({
        startsAtMs: performance.timeOrigin + performanceTime + aheadMs,
        sampleRate: context.sampleRate,
        samples: toPcm(data.samples),
      });
    };
    // A node whose output goes nowhere is not run; its output is silence.
    connect.call(node, context.destination);
    return node;
  }
}
