/** Declared for tests written in TypeScript; see lock.mjs. */
export function withLock<T>(file: string, work: () => Promise<T>): Promise<T>;
