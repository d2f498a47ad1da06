/** What a page's address says about where to go. */
export interface Address {
  room: string | undefined;
  region: string | undefined;
  /** Access token; it must not stay in the address, where it would be seen, shared and kept in the history. */
  token: string | undefined;
}

/** Reads `?room=`, `?region=` and `#token=`. */
export function readAddress({ search, hash }: Pick<Location, 'search' | 'hash'>): Address {
  const query = new URLSearchParams(search);
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token');
  return {
    room: query.get('room') ?? undefined,
    region: query.get('region') ?? undefined,
    token: token === null || token === '' ? undefined : token,
  };
}

/** What a token says of itself, to fill the form with; only the service can tell whether it is true. */
export function readToken(token: string): { room?: string; name?: string } {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (letter) =>
      letter.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    if (typeof claims !== 'object' || claims === null) return {};
    const { room, name } = claims as Record<string, unknown>;
    return {
      ...(typeof room === 'string' && { room }),
      ...(typeof name === 'string' && { name }),
    };
  } catch {
    // No token of ours: the service will say so.
    return {};
  }
}
