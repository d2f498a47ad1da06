import { defineConfig, fieldSchemas } from '@partyline/runtime';
import { logLevels } from './log.ts';

/** Settings of every process of a cluster for its operations port and its log. */
export const operationsFields = defineConfig({
  opsHost: {
    env: 'PARTYLINE_OPS_HOST',
    schema: fieldSchemas.text(),
    default: '127.0.0.1',
    description: 'Address to listen on for metrics and health.',
  },
  opsPort: {
    env: 'PARTYLINE_OPS_PORT',
    schema: fieldSchemas.port(),
    default: '9091',
    description: 'Port of metrics and health; 0 lets the system choose.',
  },
  logLevel: {
    env: 'PARTYLINE_LOG_LEVEL',
    schema: fieldSchemas.oneOf(logLevels),
    default: 'info',
    description: 'Least severe log lines that are written.',
  },
});
