import type { Network, Socket } from '@partyline/client';
import { checkMedia } from '@partyline/protocol';
import { HopFault } from './hop-fault.ts';

/** Sees what passes: media and control messages as the client sends them and as it gets them. */
export interface LineTap {
  mediaSent?(bytes: Uint8Array): void;
  mediaReceived?(bytes: Uint8Array): void;
  textSent?(text: string): void;
  /** Gives back what the client is to get. */
  textReceived?(text: string): string;
}

/**
 * The line of one client, with a fault for each way. Only media is late or lost: pings keep their own time, and so
 * the clocks stay as they were set, unless `whole` says otherwise.
 */
export class FaultyLine {
  readonly up = new HopFault();
  readonly down = new HopFault();
  /** Whether control messages are late with the media: those that the clocks are set by, too. */
  whole = false;
  /** Whether the socket says that it holds more than it should. */
  full: () => boolean = () => false;
  tap: LineTap = {};

  /** The same network with this line's faults on every socket. */
  on(network: Network): Network {
    return { ...network, openSocket: async (url) => this.#faulty(await network.openSocket(url)) };
  }

  /** Changes the socket itself, for others know more of it than this does. */
  #faulty(socket: Socket): Socket {
    const send = socket.send.bind(socket);
    const own = accessorsOf(socket);
    socket.send = (data) => this.#send(data, send);
    return Object.defineProperties(socket, {
      bufferedAmount: {
        get: () => (this.full() ? Number.MAX_SAFE_INTEGER : own('bufferedAmount').get!.call(socket)),
      },
      onmessage: {
        get: () => own('onmessage').get!.call(socket),
        set: (take: Socket['onmessage']) => {
          const late = (event: { data: unknown }): void => this.#receive(event, take!);
          own('onmessage').set!.call(socket, take === null ? null : late);
        },
      },
    });
  }

  #send(data: string | Uint8Array<ArrayBuffer>, send: Socket['send']): void {
    if (typeof data === 'string') {
      this.tap.textSent?.(data);
      if (this.whole) this.up.hold(0, () => send(data));
      else send(data);
      return;
    }
    this.tap.mediaSent?.(data);
    const frames = framesIn(data);
    if (!this.up.loses(frames)) this.up.hold(frames, () => send(data));
  }

  #receive(event: { data: unknown }, take: NonNullable<Socket['onmessage']>): void {
    if (!(event.data instanceof ArrayBuffer)) {
      const data = this.tap.textReceived?.(String(event.data)) ?? event.data;
      if (this.whole) this.down.hold(0, () => take({ data }));
      else take({ data });
      return;
    }
    const bytes = new Uint8Array(event.data);
    const frames = framesIn(bytes);
    if (this.down.loses(frames)) return;
    this.down.hold(frames, () => {
      this.tap.mediaReceived?.(bytes);
      take(event);
    });
  }
}

const framesIn = (message: Uint8Array): number => {
  const frames = checkMedia(message);
  return typeof frames === 'string' ? 0 : frames;
};

/** A socket's accessors, wherever in its line of prototypes they are. */
const accessorsOf = (socket: Socket): ((name: string) => PropertyDescriptor) => {
  return (name) => {
    for (let at: object | null = socket; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      if (at === socket) continue;
      const found = Object.getOwnPropertyDescriptor(at, name);
      if (found !== undefined) return found;
    }
    throw new Error(`this socket has no ${name}`);
  };
};
