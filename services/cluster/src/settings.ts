type Settings = Readonly<Record<string, string>>;

/** What every process takes. */
const SHARED = /^PARTYLINE_(REDIS|BUS|CONTROL|OPS|LOG|OTLP|TRACE)_/;
const OF_EDGES = /^PARTYLINE_(EDGE_|DIRECTORY_URLS$|TICKET_PUBLIC_KEYS$)/;

/** The settings out of many that are an edge's, or a directory's: a process refuses those that it does not know. */
export const settingsOf = (kind: 'edge' | 'directory', settings: Settings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([name]) => SHARED.test(name) || OF_EDGES.test(name) === (kind === 'edge'),
    ),
  );
