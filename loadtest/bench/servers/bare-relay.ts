import { App, SSLApp, us_socket_local_port } from 'uws-pack';
import { runServer, type ServerOptions } from './server-calls.ts';

/**
 * What there is to beat: uWebSockets.js alone. Everybody subscribes to the topic of the room in the URL, and
 * each message goes out unchanged by one native publish. No checks, no acknowledgements, no control messages.
 */
interface Participant {
  room: string;
}

const start = (options: ServerOptions): Promise<number> => {
  const app = options.tls
    ? SSLApp({ key_file_name: options.tls.keyFile, cert_file_name: options.tls.certFile })
    : App();
  app.ws<Participant>('/*', {
    compression: 0,
    maxPayloadLength: 65_536,
    // Enough for every burst here: nothing may be dropped on the side that sets the measure.
    maxBackpressure: 4 * 1024 * 1024,
    idleTimeout: 120,
    upgrade: (res, req, context) => {
      res.upgrade(
        { room: req.getQuery('room') ?? '' },
        req.getHeader('sec-websocket-key'),
        req.getHeader('sec-websocket-protocol'),
        req.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    open: (ws) => {
      // The sender has to be subscribed as well, or uWebSockets.js publishes nothing for it.
      ws.subscribe(ws.getUserData().room);
    },
    message: (ws, message, isBinary) => {
      ws.publish(ws.getUserData().room, message, isBinary);
    },
  });
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', 0, (listening) => {
      if (listening) resolve(us_socket_local_port(listening));
      else reject(new Error('the bare relay could not listen on 127.0.0.1'));
    });
  });
};

runServer(start);
