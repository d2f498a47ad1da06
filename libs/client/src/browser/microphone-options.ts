/** How to open the microphone. */
export interface MicrophoneOptions {
  /** From `listDevices()`; the system's default unless given. */
  deviceId?: string;
  /** True unless given, as are the next two. */
  echoCancellation?: boolean;
  /** The browser's own; true unless given. */
  noiseSuppression?: boolean;
  /** The browser's own; true unless given. */
  autoGainControl?: boolean;
  /** Opus bit rate in bit/s; 40,000 unless given. */
  bitrate?: number;
  /** In silence nothing is sent; true unless given. */
  dtx?: boolean;
}

/** The microphone in use. */
export interface MicrophoneInfo {
  /** As `listDevices()` has it. */
  deviceId: string;
  /** As the system calls it. */
  name: string;
  /** What the browser really does, which may be less than it was asked for; as are the next two. */
  echoCancellation: boolean;
  /** Likewise. */
  noiseSuppression: boolean;
  /** Likewise. */
  autoGainControl: boolean;
}
