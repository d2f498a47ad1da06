import { randomBytes } from 'node:crypto';
import type { Expectations } from '@partyline/harness';
import type { Program } from '../../support/program.ts';
import { holdsWithin } from '../../support/wait.ts';
import type { Project } from './project.ts';

const ROOMS = ['vite', 'esbuild'] as const;
export type RoomName = (typeof ROOMS)[number];
const IDENTITIES = ['ada', 'bot', 'recorder'] as const;
export type Identity = (typeof IDENTITIES)[number];

type Line =
  | { url: string; tokens: Record<RoomName, Record<Identity, string>> }
  | { event: { type: string; room?: string; identity?: string } }
  | { fault: string };

/** An application's backend that runs with the installed package. */
export class Backend {
  readonly apiKey = { id: 'application', secret: randomBytes(32).toString('base64url') };
  /** What the directory signs with; the backend knows a newer one too, as while it is changed. */
  readonly webhookSecret = randomBytes(24).toString('base64url');
  readonly program: Program;

  constructor(project: Project) {
    this.program = project.run('backend.js', [], {
      API_KEY_ID: this.apiKey.id,
      API_SECRET: this.apiKey.secret,
      WEBHOOK_SECRETS: `${randomBytes(24).toString('base64url')},${this.webhookSecret}`,
      ROOMS: ROOMS.join(','),
      IDENTITIES: IDENTITIES.join(','),
    });
  }

  /** Its address, and tokens by room and identity. */
  async ready(): Promise<Extract<Line, { url: string }>> {
    await this.program.prints(/"tokens"/, 10_000);
    return this.#lines().find((line) => 'url' in line)!;
  }

  /** Expects that everything that happened in a room was told. */
  async hears(room: RoomName, checks: Expectations): Promise<void> {
    const wanted = [
      'room_started',
      ...IDENTITIES.flatMap((identity) => [`participant_joined ${identity}`, `participant_left ${identity}`]),
    ];
    const missing = (): string[] => {
      const came = this.#lines().flatMap((line) =>
        'event' in line && line.event.room === room ? [line.event] : [],
      );
      const told = came.map(({ type, identity }) => [type, identity].filter(Boolean).join(' '));
      return wanted.filter((event) => !told.includes(event));
    };
    await holdsWithin(() => missing().length === 0, 10_000, 100);
    checks.expect(
      missing().length === 0,
      `the backend never heard of ${missing().join(', ')} in room ${room}`,
    );
    checks.expect(
      this.#faults.length === 0,
      `the directory's own webhooks are refused: ${this.#faults.join(', ')}`,
    );
  }

  /** Expects that it takes nothing that no directory sent. */
  async refuses(checks: Expectations): Promise<void> {
    const { url } = await this.ready();
    const headers = { 'partyline-signature': `t=${Math.floor(Date.now() / 1_000)},v1=${'0'.repeat(64)}` };
    const { status } = await fetch(url, { method: 'POST', headers, body: '{}' });
    const told = await holdsWithin(() => this.#faults.join() === 'forged', 1_000);
    checks.expect(
      status === 401 && told,
      `a forged webhook is answered by ${status}: ${this.#faults.join()}`,
    );
  }

  get #faults(): string[] {
    return this.#lines().flatMap((line) => ('fault' in line ? [line.fault] : []));
  }

  #lines(): Line[] {
    return this.program.stdout.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  }
}
