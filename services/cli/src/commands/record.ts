import { randomUUID } from 'node:crypto';
import {
  FolderStore,
  filesOf,
  isRecordingName,
  MANIFEST_NAME,
  type MixFormat,
  openPlace,
  parseManifest,
  RecordingError,
  type RecordingManifest,
  type RecordingProgress,
  type RecordingStore,
  RoomRecording,
  type TrackFormat,
} from '@partyline/recording';
import type { CommandContext, RoomOptions } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { aborted, visitRoom } from '../room-visit.ts';

export interface RecordOptions extends RoomOptions {
  out?: string;
  tracks: TrackFormat | 'none';
  mix: MixFormat[];
  seconds?: number;
}

const PROGRESS_MS = 1_000;

/** Records a room to a folder, from here. */
export const record = async (options: RecordOptions, context: CommandContext): Promise<void> => {
  const { output } = context;
  const folder = options.out ?? `recording-${options.room}-${stamp(new Date())}`;
  const store = storeAt(folder, context.env);
  const resume = await left(store, options);
  // Tracks are kept as they come, in files of Opus: so that is what speakers are asked for.
  const asked = { ...options, codecs: ['opus/48000'] as const };
  await visitRoom(asked, context, async (room, over) => {
    const recording = await RoomRecording.start(room, {
      id: resume?.id ?? randomUUID(),
      tracks: options.tracks,
      mix: options.mix,
      store,
      ...(resume === undefined ? {} : { resume }),
    });
    const again = resume === undefined ? '' : `, part ${resume.parts.length + 1} of what is there`;
    output.note(`Recording room ${room.name} into ${folder}${again}.`);
    const timer = setInterval(() => {
      if (options.json === true) output.result(JSON.stringify({ room: room.name, ...recording.progress }));
      else if (output.live) output.status(lineOf(recording.progress, options.seconds));
    }, PROGRESS_MS);
    const time = timeOf(options.seconds);
    try {
      await Promise.race([recording.over, aborted(context.signal), aborted(over), time.over]);
    } finally {
      clearInterval(timer);
      time.cancel();
      output.endStatus();
      const manifest = await recording.stop().catch(asCommandError);
      tell(manifest, recording.progress, folder, options, context);
    }
  }).catch(asCommandError);
};

/** A folder, or `s3://bucket/…/name`. @throws CommandError */
const storeAt = (out: string, env: CommandContext['env']): RecordingStore => {
  if (!out.startsWith('s3://')) return new FolderStore(out);
  const [, place, name] = /^(s3:\/\/[^/]+(?:\/.+)?)\/([^/]+)\/?$/.exec(out) ?? [];
  if (place === undefined || name === undefined || !isRecordingName(name)) {
    throw new CommandError(EXIT.usage, `"${out}" is no place for a recording: give s3://bucket/name.`);
  }
  try {
    return openPlace(place, {
      s3Endpoint: env.PARTYLINE_S3_ENDPOINT,
      s3Region: env.PARTYLINE_S3_REGION,
      s3AccessKeyId: env.PARTYLINE_S3_ACCESS_KEY_ID,
      s3SecretAccessKey: env.PARTYLINE_S3_SECRET_ACCESS_KEY,
    }).open(name);
  } catch (error) {
    return asCommandError(error);
  }
};

/** A recording in this folder that was killed: it is made whole, and gone on with. */
const left = async (
  store: RecordingStore,
  options: RecordOptions,
): Promise<RecordingManifest | undefined> => {
  const text = await store.get(MANIFEST_NAME).catch(asCommandError);
  if (text === undefined) return undefined;
  const found = parseManifest(text);
  const folder = store.place;
  if (found === undefined || found.room !== options.room) {
    throw new CommandError(EXIT.failed, `${folder} holds a recording of another room: give another folder.`);
  }
  if (found.state === 'done') {
    throw new CommandError(EXIT.failed, `${folder} holds a complete recording: give another folder.`);
  }
  await store.recover(filesOf(found)).catch(asCommandError);
  return found;
};

const lineOf = ({ seconds, bytes, speakers }: RecordingProgress, wanted: number | undefined): string => {
  const of = wanted === undefined ? ', Ctrl-C ends it' : ` of ${wanted} s`;
  return `Recording: ${seconds.toFixed(0)} s${of}, ${speakers.length} speakers, ${megabytes(bytes)}`;
};

const tell = (
  manifest: RecordingManifest,
  { seconds, bytes, speakers }: RecordingProgress,
  folder: string,
  { json, room }: RecordOptions,
  { output }: CommandContext,
): void => {
  const part = manifest.parts.at(-1)!;
  const files = [...part.mix, ...part.tracks].map(({ file }) => file).filter((file) => file !== '');
  if (json === true) {
    output.result(
      JSON.stringify({ room, folder, state: manifest.state, seconds, bytes, speakers, files, part }),
    );
    return;
  }
  const who = `${speakers.length} ${speakers.length === 1 ? 'speaker' : 'speakers'}`;
  output.result(
    `Recorded ${seconds.toFixed(1)} s of room ${room}, ${who}, ${megabytes(bytes)}, into ${folder}:`,
  );
  for (const file of files) output.result(`  ${file}`);
};

const timeOf = (seconds: number | undefined): { over: Promise<void>; cancel: () => void } => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((done) => {
    if (seconds !== undefined) timer = setTimeout(done, seconds * 1_000);
  });
  return { over, cancel: () => clearTimeout(timer) };
};

const asCommandError = (error: unknown): never => {
  throw error instanceof RecordingError ? new CommandError(EXIT.failed, error.message) : error;
};

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** For a folder's name: no colons, in local time's stead UTC. */
const stamp = (date: Date): string => date.toISOString().slice(0, 19).replaceAll(':', '-');
