import { openPlace, RecordingError } from '@partyline/recording';
import { type Config, type ConfigResult, defineConfig, fieldSchemas, parseConfig } from '@partyline/runtime';

/** The settings of a recorder. */
export const configFields = defineConfig({
  place: {
    env: 'PARTYLINE_RECORDINGS',
    schema: fieldSchemas.text(),
    default: 'recordings',
    description:
      'Where recordings are kept: a folder, or s3://bucket/prefix. Each has a folder of its own in it.',
  },
  s3Endpoint: {
    env: 'PARTYLINE_S3_ENDPOINT',
    schema: fieldSchemas.url(['https:', 'http:']),
    optional: true,
    description:
      'Address of the S3-compatible store, without the bucket. Not set: that of AWS in the region.',
  },
  s3Region: {
    env: 'PARTYLINE_S3_REGION',
    schema: fieldSchemas.text(),
    default: 'us-east-1',
    description: 'Region that requests to the store are signed for.',
  },
  s3AccessKeyId: {
    env: 'PARTYLINE_S3_ACCESS_KEY_ID',
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Access key of the store; with s3://… it is required.',
  },
  s3SecretAccessKey: {
    env: 'PARTYLINE_S3_SECRET_ACCESS_KEY',
    schema: fieldSchemas.text(),
    optional: true,
    secret: true,
    description: 'Its secret.',
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
): ConfigResult<RecorderConfig> => {
  const parsed = parseConfig(configFields, env);
  if (!parsed.ok) return parsed;
  try {
    openPlace(parsed.value.place, parsed.value);
    return parsed;
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    return { ok: false, issues: [{ env: configFields.place.env, message: error.message }] };
  }
};
