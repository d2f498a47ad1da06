/** What a directory says about a participant who is to go to another edge. */
export type MoveResult =
  /** The ticket is of the next generation and names `edge`; `expiresAt` in epoch ms. */
  | {
      ok: true;
      ticket: string;
      expiresAt: number;
      edge: string;
      url: string;
      fallbacks: readonly { edge: string; url: string }[];
    }
  /** Refused, such as when no other edge has room, or the session is over. */
  | { ok: false; reason: string; detail: string; retryAfterSeconds?: number };

/**
 * Asks the directory for a ticket of the same session for another edge; rejects when no directory can be reached.
 * @param avoid edges that it must not name
 */
export type MoveTicket = (ticket: string, avoid: readonly string[]) => Promise<MoveResult>;
