type Settings = Readonly<Record<string, string>>;

/** What every process takes. */
const SHARED = /^PARTYLINE_(REDIS|BUS|CONTROL|OPS|LOG|OTLP|TRACE)_/;
const OF_EDGES = /^PARTYLINE_(EDGE_|DIRECTORY_URLS$|TICKET_PUBLIC_KEYS$)/;

const OF_RECORDERS = /^PARTYLINE_(RECORDER_|RECORDINGS$|S3_)/;
/** What recorders take of what every other process does. */
const TAKEN_BY_RECORDERS = /^PARTYLINE_(REDIS_PREFIX|BUS_URL|LOG_LEVEL)$/;

/** The settings out of many that are an edge's, a directory's, or a recorder's: a process refuses those that it does not know. */
export const settingsOf = (
  kind: 'edge' | 'directory' | 'recorder',
  settings: Settings,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).filter(([name]) => {
      if (kind === 'recorder') return OF_RECORDERS.test(name) || TAKEN_BY_RECORDERS.test(name);
      if (OF_RECORDERS.test(name)) return false;
      return SHARED.test(name) || OF_EDGES.test(name) === (kind === 'edge');
    }),
  );
