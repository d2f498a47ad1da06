export {
  configFields,
  createTicketSigner,
  type DirectoryConfig,
  directoryFields,
  parseDirectoryConfig,
  registryLimits,
  ticketLifeSeconds,
} from './config.ts';
export { createDirectory, type Directory, type DirectoryDeps } from './directory.ts';
export type { MoveResult } from './moves.ts';
export { directoryProcessMetrics, type RunDirectoryOptions, runDirectory } from './process/run-directory.ts';
export type { RenewResult } from './tickets.ts';
