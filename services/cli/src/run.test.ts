import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessTokenVerifier } from '@partyline/tokens';
import { afterAll, describe, expect, it } from 'vitest';
import type { ExitCode } from './exit-codes.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 's'.repeat(32);

const partyline = async (
  words: string,
  env: Record<string, string> = {},
): Promise<{ exitCode: ExitCode; results: string[]; notes: string[] }> => {
  const results: string[] = [];
  const notes: string[] = [];
  const output = {
    live: false,
    result: (text: string) => results.push(text),
    note: (text: string) => notes.push(text),
    status: () => {},
    endStatus: () => {},
  };
  const signal = new AbortController().signal;
  const exitCode = await run(words === '' ? [] : words.split(' '), { output, env, signal });
  return { exitCode, results, notes };
};

describe('partyline', () => {
  it('lists its commands and exit codes with --help', async () => {
    const { exitCode, results } = await partyline('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'talk',
      'listen',
      'echo',
      'join',
      'record',
      'token',
      'transcode',
      'budget',
      'rooms',
      'mute',
      'unmute',
      'remove',
      'Exit codes',
    ]) {
      expect(results.join('\n')).toContain(name);
    }
  });

  it('shows the help without any word, as a wrong command line', async () => {
    expect(await partyline('')).toMatchObject({ exitCode: 2, results: [] });
  });

  it.each([
    ['nonsense', 'unknown command'],
    ['talk --room lobby', "required option '--file <wav>' not specified"],
    [
      'record --room lobby --mix wav,flac',
      '"flac" is no format of a mix. Give some of wav, mp3, m4a, ogg, or none',
    ],
    ['record --room lobby --tracks mp3', 'Allowed choices are ogg, webm, none'],
    ['talk --file x.wav', "required option '--room <room>' not specified"],
    ['listen --room a/b', 'A room name has 1 to 64'],
    ['transcode a.wav b.wav --codec mp3', 'There is no codec "mp3". Give one of opus, pcma'],
    ['transcode a.wav b.wav --codec pcma/44100', 'There is no codec'],
    ['transcode a.wav b.wav --codec pcma --mode nb', '--mode is of Speex; pcma/8000 has none.'],
    ['transcode a.wav b.wav --codec opus --quality 3', '--quality is of Speex.'],
    ['transcode a.wav b.wav --loss 101', 'Give percent, 0 to 100.'],
    ['transcode a.wav b.wav --frame 30', 'Give 10, 20, 40 or 60 ms.'],
    ['budget', "required option '--participants <n>' not specified"],
    ['budget --participants 0', 'Give at least one participant'],
    ['budget --participants 2 --talkers 3', '3 cannot talk where 2 are'],
    ['budget --participants 2 --codec mp3', 'There is no codec "mp3"'],
    ['budget --participants 2 --codec pcma --bitrate 9000', '--bitrate is of Opus.'],
    ['budget --participants 2 --quality 3', '--quality is of Speex.'],
    ['budget --participants 2 --codec g722 --mode nb', '--mode is of Speex'],
    ['budget --participants 2 --codec speex --frame 10', 'Speex has frames of 20, 40 and 60 ms'],
    ['budget --participants 2 --codec l16/48000', 'give a shorter --frame'],
    ['budget --participants 2 --last-n 0', 'from 1 to 62'],
    ['budget --participants 2 --coalesce-ms 200', 'Give ms from 0 to 100'],
    ['budget --participants 2 --network far', 'Give ms from 0 to 2000'],
    ['listen --room a --seconds none', 'Give a number of seconds above 0'],
    ['listen --room a --url localhost:80', 'Give an address such as'],
    ['talk --room a --file x --codec mp3', 'There is no codec "mp3"'],
    ['talk --room a --file x --bitrate 10', 'Give bit/s from 6000'],
    ['token --key-id k --room a --identity i', 'Give the API secret'],
    [`token --key-id k --secret ${SECRET}`, 'Give --room and --identity, or --admin'],
    ['token --key-id k --secret short --room a --identity i', 'secret'],
    [`token --key-id k --secret ${SECRET} --room a --identity i --grants fly`, 'is no grant'],
    [`token --key-id k --secret ${SECRET} --room a --identity i --ttl 5x`, 'Give a duration'],
    ['mute lobby', "missing required argument 'identity'"],
    ['mute a/b ada', 'A room name has 1 to 64'],
    ['unmute lobby ..', 'An identity has 1 to 128'],
    [`remove lobby ${'a'.repeat(129)}`, 'An identity has 1 to 128'],
    ['remove lobby ada --for soon', 'Give a duration'],
    ['remove lobby ada --for 366d', 'at most 365d'],
    [`remove lobby ada --reason ${'a'.repeat(257)}`, 'at most 256 characters'],
  ])('answers "%s" by one line and exit code 2', async (words, expected) => {
    const { exitCode, results, notes } = await partyline(words);
    expect(exitCode).toBe(2);
    expect(results).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(expected);
    expect(notes[0]).not.toContain('\n');
  });

  it('names a file that cannot be read, in one line', async () => {
    const missing = join(folder, 'missing.wav');
    const none = join(folder, 'none.wav');
    writeFileSync(none, 'this is text');
    for (const [path, reason] of [
      [missing, 'there is no such file'],
      [folder, 'it is a folder'],
      [none, 'no WAV file'],
    ]) {
      const { exitCode, notes } = await partyline(`talk --room lobby --file ${path}`);
      expect(exitCode).toBe(1);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain(path);
      expect(notes[0]).toContain(reason);
    }
  });

  it('says what a call takes, for people and as JSON', async () => {
    const words = 'budget --codec pcmu --participants 10 --talkers 2 --tls';
    const { exitCode, results } = await partyline(words);
    expect(exitCode).toBe(0);
    expect(results[0]).toContain('pcmu/8000: 64.0 kbit/s, frames of 20 ms with 160 bytes, 50 a second.');
    expect(results[0]).toContain('of the 150 that ITU-T G.114 gives a conversation');
    const json = JSON.parse((await partyline(`${words} --json`)).results[0]!) as {
      codecRateBps: number;
      traffic: { edge: { down: { framesPerSecond: number } } };
    };
    expect(json.codecRateBps).toBe(64_000);
    expect(json.traffic.edge.down.framesPerSecond).toBe(2 * 10 * 50);
  });

  it('says when nothing answers, with exit code 3', async () => {
    // Port 1 is not listened on by anything that speaks HTTP.
    for (const words of ['listen --room lobby', 'rooms', 'mute lobby ada', 'remove lobby ada']) {
      const { exitCode, notes } = await partyline(`${words} --url http://127.0.0.1:1`);
      expect(exitCode).toBe(3);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain('Nothing answers at http://127.0.0.1:1 (ECONNREFUSED)');
    }
  });

  it('mints a token that the service accepts', async () => {
    const words = 'token --key-id key1 --room lobby --identity ada --grants publish,moderate --ttl 2m';
    const { exitCode, results } = await partyline(words, { PARTYLINE_API_SECRET: SECRET });
    expect(exitCode).toBe(0);
    const verifier = new AccessTokenVerifier([{ id: 'key1', secret: SECRET }], { now: () => Date.now() });
    const verified = await verifier.verify(results[0]!);
    expect(verified).toMatchObject({
      ok: true,
      claims: { room: 'lobby', sub: 'ada', grants: { publish: true, moderate: true, subscribe: false } },
    });
    const { exp } = (verified as { claims: { exp: number } }).claims;
    expect(exp - Date.now() / 1_000).toBeGreaterThan(100);
    expect(exp - Date.now() / 1_000).toBeLessThanOrEqual(120);
  });
});
