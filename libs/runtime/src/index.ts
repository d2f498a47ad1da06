export { Backoff, type BackoffOptions } from './backoff.ts';
export { type Clock, ManualClock, systemClock } from './clock.ts';
export {
  type Config,
  type ConfigField,
  type ConfigFields,
  type ConfigIssue,
  type ConfigResult,
  defineConfig,
  type ParseConfigOptions,
  parseConfig,
} from './config.ts';
export { configTable, describeConfig, formatConfigIssues } from './config-text.ts';
export { fieldSchemas } from './field-schemas.ts';
export { type Component, Lifecycle, LifecycleError, type LifecycleState } from './lifecycle.ts';
export { isLoopback } from './loopback.ts';
export { EXIT_CODES, type MainHost, type MainOptions, runMain } from './main-program.ts';
export { TokenBucket } from './token-bucket.ts';
export { type ParentWatch, type WatchParentOptions, watchParent } from './watch-parent.ts';
