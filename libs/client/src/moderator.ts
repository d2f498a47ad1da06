import { isIdentity, MAX_REASON_CHARS, MAX_REMOVAL_SECONDS } from '@partyline/protocol';
import { askDirectory, type DirectoryRequest, notADirectory } from './directory-request.ts';
import { PartylineError } from './errors.ts';
import type { Fetch } from './options.ts';

/** What became of a moderator's act. It is kept either way, and outlives reconnects. */
export interface ModerationResult {
  /**
   * `edge`: done. `state`: the participant is not connected, and it holds when they come. `pending`: the edge has not
   * answered yet; it is told again until it does.
   */
  applied: 'edge' | 'state' | 'pending';
  /** Whether the participant is muted by moderators now. */
  muted: boolean;
  /** Until when joining is refused, epoch ms by the directory's clock; undefined when it is not. */
  removedUntilMs: number | undefined;
}

/** How somebody is removed. */
export interface RemoveOptions {
  /** How long joining is refused, 0 to 31,536,000 s; 0 only disconnects. As long as a ticket can live unless given. */
  seconds?: number;
  /** Shown to the participant, at most 256 characters. */
  reason?: string;
}

/**
 * What moderators do, by way of the directory's API. Every method needs the `moderate` grant (`room.canModerate`).
 *
 * All throw PartylineError: `invalid_option`, `not_connected` (the room was never joined, or is over), `not_allowed`
 * (no grant), `moderation_refused` (no such room, or too many are moderated in it), `rate_limited`, `unreachable`,
 * `timeout` (5 s), `service_failed`.
 */
export interface Moderator {
  /** Mutes somebody for everybody; they cannot undo it. */
  mute(identity: string): Promise<ModerationResult>;
  /** Takes a moderator's mute back; whether they talk is theirs to decide again. */
  unmute(identity: string): Promise<ModerationResult>;
  /** Disconnects somebody, and keeps them out for a while. */
  remove(identity: string, options?: RemoveOptions): Promise<ModerationResult>;
}

export interface ModeratorSources {
  fetch: Fetch;
  base: URL;
  room: string;
  /** Each is tried when the one before is refused; none once the room is over. */
  credentials(): (() => string | undefined | Promise<string | undefined>)[];
}

const TIMEOUT_MS = 5_000;
const APPLIED: readonly unknown[] = ['edge', 'state', 'pending'];

type Act = Pick<DirectoryRequest, 'method' | 'path' | 'body' | 'what'>;

/** Asks the directory with what this client has to show for itself: its ticket, else the application's token. */
export class DirectoryModerator implements Moderator {
  readonly #sources: ModeratorSources;

  constructor(sources: ModeratorSources) {
    this.#sources = sources;
  }

  mute(identity: string): Promise<ModerationResult> {
    return this.#setMuted(identity, true);
  }

  unmute(identity: string): Promise<ModerationResult> {
    return this.#setMuted(identity, false);
  }

  async remove(identity: string, { seconds, reason }: RemoveOptions = {}): Promise<ModerationResult> {
    if (
      seconds !== undefined &&
      !(Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_REMOVAL_SECONDS)
    ) {
      throw wrong(`seconds must be a whole number from 0 to ${MAX_REMOVAL_SECONDS}, not ${seconds}.`);
    }
    if (reason !== undefined && reason.length > MAX_REASON_CHARS) {
      throw wrong(`A reason has at most ${MAX_REASON_CHARS} characters, not ${reason.length}.`);
    }
    const query = new URLSearchParams({
      ...(seconds === undefined ? {} : { seconds: String(seconds) }),
      ...(reason === undefined ? {} : { reason }),
    });
    const path = `${this.#path(identity)}${query.size > 0 ? `?${query}` : ''}`;
    return this.#act({ method: 'DELETE', path, what: `Removing ${identity}` });
  }

  async #setMuted(identity: string, muted: boolean): Promise<ModerationResult> {
    return this.#act({
      method: 'POST',
      path: `${this.#path(identity)}/mute`,
      body: { muted },
      what: `${muted ? 'Muting' : 'Unmuting'} ${identity}`,
    });
  }

  #path(identity: string): string {
    // A URL takes "." and ".." for ways to somewhere else, however they are written.
    if (!isIdentity(identity) || identity === '.' || identity === '..') {
      throw wrong('An identity has 1 to 128 characters, no control characters, and is neither "." nor "..".');
    }
    return `v1/rooms/${encodeURIComponent(this.#sources.room)}/participants/${encodeURIComponent(identity)}`;
  }

  async #act(act: Act): Promise<ModerationResult> {
    let refused: PartylineError | undefined;
    for (const credentialOf of this.#sources.credentials()) {
      const credential = await credentialOf();
      if (credential === undefined) continue;
      try {
        return await this.#ask(act, credential);
      } catch (error) {
        // A ticket may have been overtaken by a newer one; a token may carry a grant that the ticket has not.
        if (!(error instanceof PartylineError) || error.code !== 'not_allowed') throw error;
        refused ??= error;
      }
    }
    throw refused ?? new PartylineError('not_connected', `${act.what} needs a room that was joined.`);
  }

  async #ask(act: Act, credential: string): Promise<ModerationResult> {
    const { fetch, base } = this.#sources;
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const { status, value } = await askDirectory({
        ...act,
        fetch,
        base,
        credential,
        signal: late,
        refusedAs: 'moderation_refused',
      });
      return resultOf(base, status, value);
    } catch (error) {
      if (!late.aborted) throw error;
      const sentence = `${act.what} was not answered within ${TIMEOUT_MS / 1_000} s.`;
      throw new PartylineError('timeout', sentence, { cause: error });
    }
  }
}

const wrong = (message: string): PartylineError => new PartylineError('invalid_option', message);

const resultOf = (base: URL, status: number, value: unknown): ModerationResult => {
  const { applied, muted, removedUntil } = (value ?? {}) as Record<string, unknown>;
  if (!APPLIED.includes(applied) || typeof muted !== 'boolean' || typeof removedUntil !== 'number') {
    throw notADirectory(base, '"applied", "muted" and "removedUntil" are missing', status);
  }
  return {
    applied: applied as ModerationResult['applied'],
    muted,
    removedUntilMs: removedUntil === 0 ? undefined : removedUntil,
  };
};
