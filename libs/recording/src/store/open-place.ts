import { RecordingError } from '../errors.ts';
import { FolderPlace } from './folder-store.ts';
import type { RecordingPlace } from './place.ts';
import { S3Place } from './s3-store.ts';

/** How stores of objects are reached; needed for places that begin with `s3://`. */
export interface PlaceSettings {
  s3Endpoint?: string | undefined;
  s3Region?: string | undefined;
  s3AccessKeyId?: string | undefined;
  s3SecretAccessKey?: string | undefined;
}

const DEFAULT_REGION = 'us-east-1';

/**
 * A place by its name.
 * @param text a folder, or `s3://bucket` or `s3://bucket/prefix`
 * @throws RecordingError `invalid_option`
 */
export const openPlace = (text: string, settings: PlaceSettings = {}): RecordingPlace => {
  if (!text.startsWith('s3://')) return new FolderPlace(text);
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === undefined) {
    throw new RecordingError(
      'invalid_option',
      `"${text}" is no place: write s3://bucket or s3://bucket/prefix.`,
    );
  }
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey, s3Region } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new RecordingError(
      'invalid_option',
      `${text} needs PARTYLINE_S3_ACCESS_KEY_ID and PARTYLINE_S3_SECRET_ACCESS_KEY.`,
    );
  }
  const region = s3Region ?? DEFAULT_REGION;
  const endpoint = settings.s3Endpoint ?? `https://s3.${region}.amazonaws.com`;
  return new S3Place(
    { bucket, endpoint, region, accessKeyId, secretAccessKey },
    prefix.replaceAll(/^\/+|\/+$/g, ''),
  );
};
