import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import { partyline, withProgram } from '../../support/program.ts';
import { type System, withSystem } from '../../support/system.ts';
import { ALIGNED_MS, decodeChecked, judgeIn, manifestIn } from './files.ts';
import type { Part } from './part.ts';
import { Person } from './person.ts';
import { playInChromium } from './playback.ts';
import { recordWords } from './record-words.ts';
import { compareTrack, packetsOf } from './track-file.ts';

const ROOM = 'recorded';
const MIXES = ['wav', 'mp3', 'm4a', 'ogg'];

/** Everybody speaks: ada alone, then all three at once; bob goes and comes back, cid pauses. */
const conversation = async (system: System): Promise<Person[]> => {
  const people = ['ada', 'bob', 'cid'].map((identity) => new Person(system, ROOM, identity));
  const [ada, bob, cid] = people as [Person, Person, Person];
  await ada.join();
  await ada.speak(9, 0);
  await Promise.all([bob.join(), cid.join()]);
  await Promise.all([
    ada.speak(8, 2),
    bob
      .speak(3, 4)
      .then(() => bob.leave())
      .then(() => bob.join())
      .then(() => bob.speak(3, 6)),
    cid.speak(7, 6),
  ]);
  await Promise.all(people.map((person) => person.leave()));
  return people;
};

const checkTracks = async (
  format: string,
  folder: string,
  people: readonly Person[],
  context: RunContext,
  checks: Expectations,
): Promise<Record<string, unknown>> => {
  const { parts } = await manifestIn(folder);
  const [part] = parts;
  const originMs = Date.parse(part!.startedAt);
  const rows: (string | number)[][] = [['track', 'sent', 'found', 'filling', 'worst ms', 'PESQ', 'off ms']];
  let worstMs = 0;
  for (const { identity, sent, spoken } of people) {
    const report = part!.tracks.find((track) => track.identity === identity);
    if (!checks.expect(report !== undefined, `${identity} has no track`)) continue;
    const path = join(folder, report!.file);
    const compared = compareTrack(await packetsOf(path), sent, originMs);
    checks.expect(
      compared.missing <= 3 * spoken.length && compared.found === report!.frames,
      `${identity}: ${compared.missing} of ${sent.length} packets are not in the track, ${report!.frames} told`,
    );
    checks.expect(compared.worstMs <= ALIGNED_MS, `${identity}: a packet lies ${compared.worstMs} ms off`);
    worstMs = Math.max(worstMs, compared.worstMs);
    const decoded = await decodeChecked(path, part!.seconds, checks);
    for (const [index, speech] of spoken.entries()) {
      const name = `${format}-${identity}-${index + 1}`;
      const { pesq, offMs } = await judgeIn(folder, name, decoded, speech, originMs, checks);
      rows.push([
        name,
        index === 0 ? sent.length : '',
        index === 0 ? compared.found : '',
        index === 0 ? compared.filling : '',
        compared.worstMs.toFixed(1),
        pesq.toFixed(2),
        offMs.toFixed(1),
      ]);
    }
  }
  context.table(rows);
  return { worstMs };
};

const checkMix = async (
  folder: string,
  [ada]: readonly Person[],
  context: RunContext,
  checks: Expectations,
): Promise<Record<string, unknown>> => {
  const { parts } = await manifestIn(folder);
  const [part] = parts;
  const originMs = Date.parse(part!.startedAt);
  const rows: (string | number)[][] = [['mix', 'kB', 's off by ms', 'PESQ of ada alone', 'off ms']];
  const figures: Record<string, unknown> = {};
  for (const { file, bytes } of part!.mix) {
    const decoded = await decodeChecked(join(folder, file), part!.seconds, checks);
    const { pesq, offMs } = await judgeIn(folder, file, decoded, ada!.spoken[0]!, originMs, checks);
    rows.push([
      file,
      (bytes / 1_000).toFixed(0),
      ((decoded.seconds - part!.seconds) * 1_000).toFixed(1),
      pesq.toFixed(2),
      offMs.toFixed(1),
    ]);
    figures[file] = { pesq, offMs };
  }
  context.table(rows);
  return figures;
};

const checkChromium = async (
  folders: readonly string[],
  microphoneFile: string,
  context: RunContext,
  checks: Expectations,
): Promise<void> => {
  const rows: (string | number)[][] = [['in Chromium', 'decoded s off by ms', 'duration', 'plays']];
  for (const folder of folders) {
    const { parts } = await manifestIn(folder);
    const { seconds, mix, tracks } = parts[0]!;
    const paths = [...mix, ...tracks].map(({ file }) => join(folder, file));
    for (const { file, decodedSeconds, duration, plays } of await playInChromium(paths, microphoneFile)) {
      const offMs = (decodedSeconds - seconds) * 1_000;
      checks.expect(Math.abs(offMs) <= ALIGNED_MS, `Chromium decodes ${file} to ${offMs.toFixed(1)} ms off`);
      checks.expect(plays, `Chromium does not play ${file}`);
      // WebM that is only ever appended to cannot say how long it is.
      checks.expect(
        Math.abs(duration - seconds) * 1_000 <= 2 * ALIGNED_MS || file.endsWith('.webm'),
        `Chromium takes ${file} for ${duration} s of ${seconds}`,
      );
      rows.push([file, offMs.toFixed(1), duration.toFixed(3), plays ? 'yes' : 'no']);
    }
  }
  context.table(rows);
};

const inCall = async (
  system: System,
  context: RunContext,
  checks: Expectations,
  folder: string,
): Promise<Record<string, unknown>> => {
  const words = await recordWords(system, ROOM);
  const [ogg, webm] = [join(folder, 'ogg'), join(folder, 'webm')];
  const record = (out: string, tracks: string, mix: string) =>
    partyline([...words, '--out', out, '--tracks', tracks, '--mix', mix, '--json']);
  const first = record(ogg, 'ogg', MIXES.join(','));
  const people = await withProgram(first, async () => {
    await first.prints(/Recording room/, 15_000);
    const second = partyline([
      ...(await recordWords(system, ROOM, 'recorder-2')),
      ...['--out', webm, '--tracks', 'webm', '--mix', 'none'],
    ]);
    return withProgram(second, async () => {
      await second.prints(/Recording room/, 15_000);
      const spoke = await conversation(system);
      for (const program of [first, second]) program.interrupt();
      const codes = [await first.ends(10_000), await second.ends(10_000)];
      checks.expect(
        codes.every((code) => code === 0),
        `exit codes ${codes.join(', ')}: ${first.output}`,
      );
      return spoke;
    });
  });
  const progress = first.stdout.filter((line) => line.includes('"state":"recording"'));
  checks.expect(progress.length > 10, `${progress.length} lines of progress`);
  const tracks = await checkTracks('ogg', ogg, people, context, checks);
  const webmTracks = await checkTracks('webm', webm, people, context, checks);
  const mix = await checkMix(ogg, people, context, checks);
  await checkChromium([ogg, webm], people[0]!.spoken[0]!.speech.path, context, checks);
  return { tracks, webmTracks, mix };
};

/** Everything that comes out, against what went in. */
export const folderPart: Part = {
  name: 'folder',
  about:
    'three speakers, one of whom goes and comes back: tracks byte for byte, every mix, in FFmpeg and Chromium',
  run: (context, checks, folder) =>
    // One speaker is forwarded to listeners: a recording has all three.
    withSystem({ env: { PARTYLINE_EDGE_LAST_N: '1' } }, (system) => inCall(system, context, checks, folder)),
};
