import { type Config, type ConfigResult, defineConfig, fieldSchemas, parseConfig } from '@partyline/runtime';

/** The settings of a recorder. */
export const configFields = defineConfig({
  place: {
    env: 'PARTYLINE_RECORDINGS',
    schema: fieldSchemas.text(),
    default: 'recordings',
    description: 'Where recordings are kept: a folder. Each has a folder of its own in it.',
  },
  maxRecordings: {
    env: 'PARTYLINE_RECORDER_MAX_RECORDINGS',
    schema: fieldSchemas.integer({ min: 1, max: 1_000 }),
    default: '8',
    description: 'Recordings at a time; each takes a few per cent of a core for every format of its mix.',
  },
});
export type RecorderConfig = Config<typeof configFields>;

/** Reads the settings; pure, and reports everything that is wrong at once. */
export const parseRecorderConfig = (
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult<RecorderConfig> => parseConfig(configFields, env);
