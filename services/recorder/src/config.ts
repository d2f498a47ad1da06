import { openPlace, RecordingError } from '@partyline/recording';
import { redisConfigFields, regionName } from '@partyline/redis';
import { type Config, type ConfigResult, defineConfig, fieldSchemas, parseConfig } from '@partyline/runtime';
import { operationsFields } from '@partyline/telemetry';
import { MIN_SECRET_BYTES } from '@partyline/tokens';
import { z } from 'zod';

/** The settings of a recorder, wherever it runs. */
export const recorderFields = defineConfig({
  id: {
    env: 'PARTYLINE_RECORDER_ID',
    schema: fieldSchemas.text(),
    optional: true,
    description:
      "Unique name, the same after a restart: a recorder goes on with its own recordings. Not set: the machine's.",
  },
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
export type RecorderConfig = Config<typeof recorderFields>;

/** Reads the settings; pure, and reports everything that is wrong at once. */
export const parseRecorderConfig = (
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult<RecorderConfig> => checked(parseConfig(recorderFields, env));

const apiKey = (): z.ZodType<{ id: string; secret: string }, string> =>
  z.string().transform((text, context) => {
    const colon = text.indexOf(':');
    const key = { id: text.slice(0, Math.max(colon, 0)), secret: text.slice(colon + 1) };
    if (colon >= 1 && Buffer.byteLength(key.secret) >= MIN_SECRET_BYTES) return key;
    const message = `must be written id:secret, with a secret of at least ${MIN_SECRET_BYTES} bytes`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Every setting of a recorder that is a process of its own. */
export const configFields = defineConfig({
  ...recorderFields,
  region: {
    env: 'PARTYLINE_RECORDER_REGION',
    schema: regionName(),
    default: 'local',
    description: 'Where the recorder is: directories of its region ask it first.',
  },
  directoryUrl: {
    env: 'PARTYLINE_RECORDER_DIRECTORY_URL',
    schema: fieldSchemas.url(),
    default: 'http://127.0.0.1:8080',
    description: 'Where the API answers: rooms are joined by it as by anybody.',
  },
  apiKey: {
    env: 'PARTYLINE_RECORDER_API_KEY',
    schema: apiKey(),
    secret: true,
    description:
      'One of the API keys of the directories, as id:secret: the recorder signs its own tokens with it.',
  },
  redisUrl: redisConfigFields.redisUrl,
  busUrl: redisConfigFields.busUrl,
  redisRegions: redisConfigFields.redisRegions,
  busRegions: redisConfigFields.busRegions,
  redisPrefix: redisConfigFields.redisPrefix,
  ...operationsFields,
});
export type RecorderProcessConfig = Config<typeof configFields>;

/** Reads the settings of a recorder that is a process of its own; reports everything that is wrong at once. */
export const parseRecorderProcessConfig = (
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult<RecorderProcessConfig> => {
  const parsed = checked(parseConfig(configFields, env));
  if (!parsed.ok || (parsed.value.busUrl ?? parsed.value.redisUrl) !== undefined) return parsed;
  const message = 'is required, such as redis://127.0.0.1:6379: directories reach a recorder through it';
  return { ok: false, issues: [{ env: configFields.redisUrl.env, message }] };
};

/** With what is wrong about the place. */
const checked = <Settings extends RecorderConfig>(parsed: ConfigResult<Settings>): ConfigResult<Settings> => {
  if (!parsed.ok) return parsed;
  try {
    openPlace(parsed.value.place, parsed.value);
    return parsed;
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    return { ok: false, issues: [{ env: recorderFields.place.env, message: error.message }] };
  }
};
