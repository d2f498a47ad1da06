import type { OrderHandler } from '@partyline/bus';
import { isRecordingName, MIX_FORMATS, TRACK_FORMATS } from '@partyline/recording';
import { RecorderError } from './errors.ts';
import type { Recorder, RecordRequest } from './recorder.ts';

/** All recorders of a region listen under this name, and each under its own. */
export const ALL_RECORDERS = { edge: 'recorders', boot: 'all' } as const;
/** What is told of one room's recordings at once: an answer has at most 64 KiB. */
const MAX_TOLD = 20;

/** What a directory may ask of a recorder. */
export const recorderOrders =
  (recorder: Recorder, address: { region: string; edge: string; boot: string }): OrderHandler =>
  async (order) => {
    switch (order.kind) {
      case 'recorders':
        return { outcome: 'done', answer: { ...address, ...recorder.load } };
      case 'recordings':
        return { outcome: 'done', answer: recorder.list(order.room).slice(-MAX_TOLD) };
      case 'record': {
        const request = readRequest(order.room, order.wishes);
        return request === undefined
          ? 'not_here'
          : { outcome: 'done', answer: await begun(recorder, request) };
      }
      case 'end_recording': {
        if (recorder.get(order.room, order.recording)?.state !== 'recording') return 'not_here';
        return { outcome: 'done', answer: await recorder.end(order.room, order.recording) };
      }
      default:
        return 'not_here';
    }
  };

const begun = async (recorder: Recorder, request: RecordRequest): Promise<object> => {
  try {
    return { report: await recorder.record(request) };
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return { refusal: { code: error.code, message: error.message } };
  }
};

/** @returns undefined for what is no request, such as one of a later version */
const readRequest = (room: string, wishes: unknown): RecordRequest | undefined => {
  if (typeof wishes !== 'object' || wishes === null) return undefined;
  const { tracks, mix, name } = wishes as Record<string, unknown>;
  const wanted = [...TRACK_FORMATS, 'none' as const].find((format) => format === tracks);
  if (wanted === undefined || !Array.isArray(mix)) return undefined;
  const formats = MIX_FORMATS.filter((format) => mix.includes(format));
  if (formats.length !== mix.length) return undefined;
  if (name !== undefined && (typeof name !== 'string' || !isRecordingName(name))) return undefined;
  return { room, tracks: wanted, mix: formats, name };
};
