export {
  configFields,
  parseStandaloneConfig,
  type StandaloneConfig,
  type StandaloneFlags,
} from './config.ts';
export { type RunningStandalone, type StartOptions, startStandalone } from './start.ts';
