const SAMPLE_RATE = 48_000;
/** Two notes, as of a door bell: low enough for small loudspeakers and pleasant to hear twice. */
const NOTES_HZ = [523.25, 659.25];
const NOTE_SECONDS = 0.35;
const FADE_SECONDS = 0.02;
const LOUDNESS = 0.25;
const HEADER_BYTES = 44;

/** An audio element that can play elsewhere than the system says. */
type ElementWithSink = HTMLAudioElement & { setSinkId?: (deviceId: string) => Promise<void> };

/**
 * Plays two notes.
 * @param loudspeakerId from `listDevices()`; empty for the system's default
 * @throws DOMException when it cannot be played there
 */
export async function playTestTone(loudspeakerId: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([toneFile()], { type: 'audio/wav' }));
  try {
    const player: ElementWithSink = new Audio(url);
    if (loudspeakerId !== '') await player.setSinkId?.(loudspeakerId);
    const ended = new Promise((resolve, reject) => {
      player.addEventListener('ended', resolve);
      player.addEventListener('error', () => reject(new DOMException('The tone was not played.')));
    });
    await player.play();
    await ended;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The tone as a WAV file of 16 bits. */
export function toneFile(): ArrayBuffer {
  const noteSamples = Math.round(NOTE_SECONDS * SAMPLE_RATE);
  const dataBytes = 2 * noteSamples * NOTES_HZ.length;
  const file = new ArrayBuffer(HEADER_BYTES + dataBytes);
  const view = new DataView(file);
  const text = (at: number, letters: string): void => {
    for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, 2 * SAMPLE_RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
  for (const [note, hertz] of NOTES_HZ.entries()) {
    for (let i = 0; i < noteSamples; i += 1) {
      const at = i / SAMPLE_RATE;
      const fade = Math.min(1, at / FADE_SECONDS, (NOTE_SECONDS - at) / FADE_SECONDS);
      const value = Math.sin(2 * Math.PI * hertz * at) * fade * LOUDNESS;
      view.setInt16(HEADER_BYTES + 2 * (note * noteSamples + i), Math.round(value * 32_767), true);
    }
  }
  return file;
}
