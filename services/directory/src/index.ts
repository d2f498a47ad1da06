export {
  configFields,
  createTicketSigner,
  type DirectoryConfig,
  parseDirectoryConfig,
  registryLimits,
  ticketLifeSeconds,
} from './config.ts';
export { createDirectory, type Directory, type DirectoryDeps } from './directory.ts';
export type { RenewResult } from './tickets.ts';
