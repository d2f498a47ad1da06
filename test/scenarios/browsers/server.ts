import { generateTicketKey } from '@partyline/tokens';
import { type Program, serve } from '../../support/program.ts';

/** Kept over a restart, as in a cluster: people come back with the tickets they have. */
const ticketKey = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();

/** An edge, a directory and a page that can be killed and started again at the same place. */
export class Server {
  readonly port: number;
  #program: Program | undefined;

  constructor(port: number) {
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async start(): Promise<void> {
    const env = { PORT: String(this.port), OPS_PORT: '0', PARTYLINE_TICKET_KEY: ticketKey };
    this.#program = serve([], { env });
    await this.#program.prints(/http:\/\/\S+/, 30_000);
  }

  kill(): void {
    this.#program?.signal('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }
}
