/** A way from the mixed sound to a loudspeaker. */
export interface Route {
  readonly input: AudioNode;
  /** Empty for the system's default. */
  readonly deviceId: string;
  /** @throws DOMException of the browser's, when the loudspeaker cannot be had */
  choose(deviceId: string): Promise<void>;
  close(): void;
}

/** Newer than the types: Chromium has it. */
type ChoosingContext = AudioContext & { setSinkId?(deviceId: string): Promise<void> };

/** The short way: the context itself plays on the loudspeaker. */
export class DirectRoute implements Route {
  readonly #context: ChoosingContext;
  deviceId = '';

  static available(): boolean {
    return typeof AudioContext !== 'undefined' && 'setSinkId' in AudioContext.prototype;
  }

  constructor(context: AudioContext) {
    this.#context = context;
  }

  get input(): AudioNode {
    return this.#context.destination;
  }

  async choose(deviceId: string): Promise<void> {
    if (deviceId === this.deviceId) return;
    await this.#context.setSinkId?.(deviceId);
    this.deviceId = deviceId;
  }

  close(): void {
    // The destination belongs to the context.
  }
}

/** The longer way, for contexts that cannot choose: through an audio element, which can. */
export class ElementRoute implements Route {
  readonly #destination: MediaStreamAudioDestinationNode;
  readonly #element = new Audio();
  deviceId = '';

  static available(): boolean {
    return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
  }

  constructor(context: AudioContext) {
    this.#destination = context.createMediaStreamDestination();
    this.#element.srcObject = this.#destination.stream;
  }

  get input(): AudioNode {
    return this.#destination;
  }

  async choose(deviceId: string): Promise<void> {
    await this.#element.setSinkId(deviceId);
    this.deviceId = deviceId;
    await this.#element.play();
  }

  close(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}
