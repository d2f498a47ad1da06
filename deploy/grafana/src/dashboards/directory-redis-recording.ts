import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { ofRecorders, rateBy } from '../series.ts';

const FAIL = 'Recordings fail';

/** What recorders keep. */
export const recording: Row = {
  title: 'Recording',
  collapsed: true,
  panels: [
    lines(
      'Recordings a second',
      'short',
      { '{{outcome}}': rateBy('partyline_recorder_recordings_total', ofRecorders(), 'outcome') },
      {
        shows: 'Recordings that began, that ended complete, and that failed or could not begin.',
        good: 'as many done as began.',
        otherwise: 'failed: the place is full or away, or the room could not be joined; the API says why.',
        runbook: FAIL,
      },
    ),
    lines(
      'Recorded at a time',
      'short',
      { recordings: rateBy('partyline_recorder_recorded_seconds_total', ofRecorders()) },
      {
        shows: 'Seconds recorded a second: as many as recordings run.',
        good: 'what was asked for.',
        otherwise: 'it falls while recordings run: a recorder was killed, or stands still.',
        runbook: FAIL,
      },
    ),
    lines(
      'Stored',
      'Bps',
      { bytes: rateBy('partyline_recorder_stored_bytes_total', ofRecorders()) },
      {
        shows: 'Bytes of all files a second; into a bucket goes up to eight times as much.',
        good: 'about 5 kB/s a speaker, 12 kB/s for each mix as MP3 or M4A, 96 kB/s as WAV.',
        otherwise:
          'nothing while recordings run: nobody speaks and there is no mix, or a recorder stands still.',
        runbook: FAIL,
      },
    ),
    lines(
      'Frames missing in recordings a second',
      'short',
      {
        lost: rateBy('partyline_recorder_frames_lost_total', ofRecorders()),
        unused: rateBy('partyline_recorder_frames_unused_total', ofRecorders()),
      },
      {
        shows: 'Frames that never came, and frames that came too late or hold no Opus.',
        good: 'next to none.',
        otherwise:
          'lost: the same as for other listeners, see the hops. Unused: speakers with another codec, or encrypted.',
        runbook: FAIL,
      },
    ),
  ],
};
