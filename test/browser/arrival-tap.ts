import { decodeMedia } from '@partyline/protocol';
import type { CallPage } from './call-page.ts';

/** A frame of voice as it came to a page. */
export interface Arrival {
  streamId: number;
  sequence: number;
  /** As the speaker wrote it: ms, modulo 2^32. */
  captureTimeMs: number;
  /** Epoch ms at which the page was told of the message. */
  arrivedAtMs: number;
}

interface TappedMessage {
  atMs: number;
  base64: string;
}

declare global {
  interface Window {
    partylineArrivals?: { atMs: number; bytes: ArrayBuffer }[];
  }
}

/** Runs inside the page before its own scripts: writes down every binary message of every WebSocket. */
export function tapArrivals(): void {
  const arrivals: NonNullable<Window['partylineArrivals']> = [];
  window.partylineArrivals = arrivals;
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (!(data instanceof ArrayBuffer)) return;
        arrivals.push({ atMs: performance.timeOrigin + performance.now(), bytes: data.slice(0) });
      });
    }
  };
}

/** The frames that came to a page that was opened with its arrivals tapped, in their order. */
export async function arrivalsAt({ page }: CallPage): Promise<Arrival[]> {
  const messages = await page.evaluate(() =>
    (window.partylineArrivals ?? []).map(({ atMs, bytes }): TappedMessage => {
      return { atMs, base64: btoa(String.fromCharCode(...new Uint8Array(bytes))) };
    }),
  );
  return messages.flatMap(({ atMs, base64 }) => {
    const decoded = decodeMedia(Buffer.from(base64, 'base64'));
    if (!decoded.ok) return [];
    return decoded.frames.map(({ streamId, sequence, captureTimeMs }) => ({
      streamId,
      sequence,
      captureTimeMs,
      arrivedAtMs: atMs,
    }));
  });
}
