import { LifecycleError } from '@partyline/runtime';

/** Which setting moves the port of a component, by the component's name. */
export type PortSettings = Readonly<Record<string, { port: number; setting: string }>>;

/**
 * A start that failed because its port is taken, as one line that says which setting to change; any other error
 * comes back as it is.
 */
export function explainTakenPort(error: unknown, settings: PortSettings): unknown {
  if (!(error instanceof LifecycleError) || !causedByTakenPort(error)) return error;
  const taken = settings[error.component];
  if (!taken) return error;
  const { port, setting } = taken;
  const free = port + 10 <= 65_535 ? port + 10 : port - 10;
  return new Error(
    `Port ${port} is taken by another program: choose another one, for example ${setting}=${free} npm start`,
    { cause: error },
  );
}

function causedByTakenPort(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === 'EADDRINUSE') return true;
  }
  return false;
}
