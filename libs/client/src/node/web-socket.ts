import type { Socket } from '../options.ts';

/** Which certificates are trusted, for this client only. */
export interface NodeSocketOptions {
  /** Takes any certificate, for self-signed ones. */
  insecure?: boolean;
  /** Further certificate authorities, PEM. */
  ca?: string;
}

/** Opens a WebSocket by `ws`. Compression is off: encoded voice does not get smaller, only later. */
export const openNodeSocket = async (url: string, options: NodeSocketOptions): Promise<Socket> => {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: 5_000,
    ...(options.insecure === true ? { rejectUnauthorized: false } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  // A close event follows each error; without a listener the error itself would end the process.
  socket.on('error', () => {});
  return socket as unknown as Socket;
};
