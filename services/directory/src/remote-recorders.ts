import type { ControlPlane } from '@partyline/bus';
import { z } from 'zod';
import {
  MIX_FORMATS,
  type RecorderPort,
  type RecordingReport,
  type RecordingRequest,
  TRACK_FORMATS,
} from './recordings.ts';

/** All recorders of a region listen under this name, and each under its own. */
const ALL = { edge: 'recorders', boot: 'all' } as const;
const ASK_MS = 1_500;
/** A recorder joins the room, and has it told, before it answers. */
const BEGIN_MS = 20_000;
/** What was said last is waited for, and the files are completed; in a bucket that takes a while. */
const END_MS = 30_000;

const recorderShape = z.object({
  edge: z.string().min(1).max(64),
  boot: z.string().min(1).max(64),
  region: z.string().min(1).max(64),
  recordings: z.number().int().min(0),
  maxRecordings: z.number().int().min(1),
});
type RecorderAddress = z.infer<typeof recorderShape>;

const reportShape: z.ZodType<RecordingReport> = z.object({
  id: z.string().max(64),
  room: z.string().max(64),
  state: z.enum(['recording', 'done', 'interrupted', 'failed']),
  startedAt: z.string().max(64),
  seconds: z.number(),
  bytes: z.number(),
  speakers: z.array(z.string()),
  lostFrames: z.number().int(),
  unusedFrames: z.number().int(),
  tracks: z.enum(TRACK_FORMATS),
  mix: z.array(z.enum(MIX_FORMATS)),
  place: z.string(),
  files: z.array(z.string()),
  reason: z.string().exactOptional(),
});
const begunShape = z.union([
  z.object({ report: reportShape }),
  z.object({ refusal: z.object({ code: z.string(), message: z.string() }) }),
]);

/** A recorder's refusal, as `Recordings` reads it. */
class RefusalError extends Error {
  override name = 'RefusalError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The recorders of a cluster. They are found by asking: whoever answers is there, and nothing is kept of them that could
 * be wrong. The one with the fewest recordings takes the next.
 */
export class RemoteRecorders implements RecorderPort {
  readonly #controlPlane: Pick<ControlPlane, 'ask' | 'askAll'>;
  readonly #regions: readonly string[];

  /** @param regions the own one first: its recorders are preferred */
  constructor(
    regions: readonly string[],
    { controlPlane }: { controlPlane: Pick<ControlPlane, 'ask' | 'askAll'> },
  ) {
    this.#regions = regions;
    this.#controlPlane = controlPlane;
  }

  async record(request: RecordingRequest): Promise<RecordingReport> {
    const { room, ...wishes } = request;
    const [found, known] = await Promise.all([this.#recorders(), this.list(room)]);
    if (found.length === 0)
      throw new RefusalError('none', 'No recorder answers: is one deployed, and Redis there?');
    if (known.some(({ state }) => state === 'recording')) {
      throw new RefusalError('already_recording', `Room ${room} is being recorded already.`);
    }
    let refusal = new RefusalError(
      'full',
      'All recorders have as many recordings as they take: try again later.',
    );
    for (const recorder of found) {
      if (recorder.recordings >= recorder.maxRecordings) continue;
      const { region, edge, boot } = recorder;
      const order = { kind: 'record', room, wishes } as const;
      const { answer } = await this.#controlPlane.ask({ region, edge, boot }, order, BEGIN_MS);
      const begun = begunShape.safeParse(answer);
      if (!begun.success)
        refusal = new RefusalError('failed', 'The recorder did not answer: look at the list of recordings.');
      else if ('report' in begun.data) return begun.data.report;
      else refusal = new RefusalError(begun.data.refusal.code, begun.data.refusal.message);
      // Only of one that had become full meanwhile is it known that it has not begun, and that another might.
      if (refusal.code !== 'full') break;
    }
    throw refusal;
  }

  async list(room: string): Promise<RecordingReport[]> {
    const answers = await this.#askAll({ kind: 'recordings', room }, ASK_MS);
    const byId = new Map<string, RecordingReport>();
    for (const report of answers.flatMap((answer) => z.array(reportShape).safeParse(answer).data ?? [])) {
      // Recorders that share a place know each other's; the one that records has the newest word.
      if (report.room !== room || byId.get(report.id)?.state === 'recording') continue;
      byId.set(report.id, report);
    }
    return [...byId.values()].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  }

  async get(room: string, id: string): Promise<RecordingReport | undefined> {
    return (await this.list(room)).find((report) => report.id === id);
  }

  async end(room: string, id: string): Promise<RecordingReport | undefined> {
    const before = await this.get(room, id);
    if (before?.state !== 'recording') return before;
    const answers = await this.#askAll({ kind: 'end_recording', room, recording: id }, END_MS);
    const [report] = answers.flatMap((answer) => reportShape.safeParse(answer).data ?? []);
    return report ?? this.get(room, id);
  }

  async #recorders(): Promise<RecorderAddress[]> {
    const answers = await this.#askAll({ kind: 'recorders' }, ASK_MS);
    const found = answers.flatMap((answer) => recorderShape.safeParse(answer).data ?? []);
    const distance = ({ region }: RecorderAddress): number => this.#regions.indexOf(region);
    return found.sort((a, b) => distance(a) - distance(b) || a.recordings - b.recordings);
  }

  async #askAll(order: Parameters<ControlPlane['askAll']>[1], timeoutMs: number): Promise<unknown[]> {
    const asked = this.#regions.map((region) =>
      this.#controlPlane.askAll({ region, ...ALL }, order, timeoutMs),
    );
    return (await Promise.all(asked)).flat();
  }
}
