import { afterEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, startDirectory } from '../fixture.ts';
import type { RecorderPort, RecordingReport, RecordingRequest } from '../recordings.ts';

let fixture: DirectoryFixture;
afterEach(() => fixture.stop());

const URL_OF_LOBBY = `/v1/rooms/${LOBBY}/recordings`;

/** Keeps what it was asked for; files are another package's. */
class Notebook implements RecorderPort {
  readonly asked: RecordingRequest[] = [];
  readonly reports = new Map<string, RecordingReport>();
  refusal: Error | undefined;

  async record(request: RecordingRequest): Promise<RecordingReport> {
    if (this.refusal !== undefined) throw this.refusal;
    this.asked.push(request);
    const report: RecordingReport = {
      id: `recording-${this.asked.length}`,
      room: request.room,
      state: 'recording',
      startedAt: '2027-01-15T08:00:00.000Z',
      seconds: 1.5,
      bytes: 9_000,
      speakers: ['ada'],
      lostFrames: 0,
      unusedFrames: 0,
      tracks: request.tracks,
      mix: request.mix,
      place: 'somewhere',
      files: ['track-ada.ogg'],
    };
    this.reports.set(report.id, report);
    return report;
  }

  list(room: string): RecordingReport[] {
    return [...this.reports.values()].filter((report) => report.room === room);
  }

  get(room: string, id: string): RecordingReport | undefined {
    return this.list(room).find((report) => report.id === id);
  }

  async end(room: string, id: string): Promise<RecordingReport | undefined> {
    const report = this.get(room, id);
    if (report !== undefined) report.state = 'done';
    return report;
  }
}

const start = async (): Promise<Notebook> => {
  const recorder = new Notebook();
  fixture = await startDirectory({}, undefined, {}, recorder);
  return recorder;
};
const moderator = () => fixture.token({ room: LOBBY, identity: 'ada', grants: { moderate: true } });

describe('recordings by the API', () => {
  it('begin, tell how far they are, and end, for a moderator and for admins', async () => {
    const recorder = await start();
    const begun = await fixture.call('POST', URL_OF_LOBBY, {
      token: await moderator(),
      body: { tracks: 'webm', mix: ['wav', 'm4a'], name: 'monday' },
    });
    expect(begun.statusCode).toBe(201);
    expect(begun.json()).toMatchObject({ recording: 'recording-1', state: 'recording', speakers: ['ada'] });
    const wanted = { tracks: 'webm', mix: ['wav', 'm4a'], name: 'monday' };
    expect(recorder.asked).toEqual([{ room: LOBBY, ...wanted }]);
    const token = await fixture.admin();
    const list = await fixture.call('GET', URL_OF_LOBBY, { token });
    expect(list.json().recordings).toHaveLength(1);
    const one = await fixture.call('GET', `${URL_OF_LOBBY}/recording-1`, { token });
    expect(one.json()).toMatchObject({ seconds: 1.5, bytes: 9_000 });
    const ended = await fixture.call('DELETE', `${URL_OF_LOBBY}/recording-1`, { token });
    expect([ended.statusCode, ended.json().state]).toEqual([200, 'done']);
    const audits = fixture.lines.filter(({ event }) => event === 'audit');
    expect(audits).toMatchObject([
      { action: 'record', actor: 'key-1/ada', recording: 'recording-1' },
      { action: 'stop_recording', actor: 'key-1', recording: 'recording-1' },
    ]);
  });

  it('have tracks as Ogg and the mix as MP3 unless told otherwise, also without a body', async () => {
    const recorder = await start();
    const token = await fixture.admin();
    for (const body of [undefined, {}]) {
      const reply = await fixture.call('POST', URL_OF_LOBBY, { token, ...(body && { body }) });
      expect(reply.statusCode).toBe(201);
    }
    const defaults = { room: LOBBY, tracks: 'ogg', mix: ['mp3'] };
    expect(recorder.asked).toEqual([defaults, defaults]);
  });

  it.each([
    [{ tracks: 'none', mix: [] }, 'nothing would be recorded'],
    [{ mix: ['flac'] }, 'body/mix/0'],
    [{ name: '../escape' }, 'must be 1 to 64'],
    [{ hidden: true }, 'hidden'],
  ])('refuse %j, and say what is wrong', async (body, expected) => {
    const recorder = await start();
    const reply = await fixture.call('POST', URL_OF_LOBBY, { token: await fixture.admin(), body });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().detail).toContain(expected);
    expect(recorder.asked).toEqual([]);
  });

  it('are for nobody without the moderate grant of that very room', async () => {
    const recorder = await start();
    const url = `${URL_OF_LOBBY}/recording-1`;
    const tokens: [string | undefined, number][] = [
      [undefined, 401],
      [await fixture.token({ room: LOBBY, identity: 'bob' }), 403],
      [await fixture.token({ room: 'other', identity: 'eve', grants: { moderate: true } }), 403],
    ];
    for (const [token, status] of tokens) {
      for (const [method, path] of [
        ['POST', URL_OF_LOBBY],
        ['GET', URL_OF_LOBBY],
        ['GET', url],
        ['DELETE', url],
      ] as const) {
        const reply = await fixture.call(method, path, token === undefined ? {} : { token });
        expect(reply.statusCode).toBe(status);
      }
    }
    expect(recorder.asked).toEqual([]);
  });

  it('are known in their own room only', async () => {
    await start();
    const token = await fixture.admin();
    await fixture.call('POST', URL_OF_LOBBY, { token });
    for (const url of [`${URL_OF_LOBBY}/nothing`, '/v1/rooms/other/recordings/recording-1']) {
      for (const method of ['GET', 'DELETE'] as const) {
        const reply = await fixture.call(method, url, { token });
        expect([reply.statusCode, reply.json().code]).toEqual([404, 'recording_not_found']);
      }
    }
  });

  it.each([
    ['already_recording', 409, 'already_recording'],
    ['full', 503, 'recorder_full'],
    ['failed', 503, 'recording_failed'],
  ])('that do not begin because of "%s" answer %i', async (code, status, expected) => {
    const recorder = await start();
    recorder.refusal = Object.assign(new Error('What to do about it.'), { code });
    const reply = await fixture.call('POST', URL_OF_LOBBY, { token: await fixture.admin() });
    expect(reply.statusCode).toBe(status);
    expect(reply.json()).toMatchObject({ code: expected, detail: 'What to do about it.' });
  });

  it('answer 503 where nobody records', async () => {
    fixture = await startDirectory();
    const reply = await fixture.call('POST', URL_OF_LOBBY, { token: await fixture.admin() });
    expect([reply.statusCode, reply.json().code]).toEqual([503, 'no_recorder']);
  });
});
