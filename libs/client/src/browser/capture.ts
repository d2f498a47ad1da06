/** A way from a microphone's track to its samples. */
export interface Capture {
  /** No samples come afterwards. */
  close(): void;
}

export interface CaptureHandlers {
  /** @param localMs when the first sample was spoken, on the client's clock */
  samples(pcm: Float32Array, localMs: number): void;
}
