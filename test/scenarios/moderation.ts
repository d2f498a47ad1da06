import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { CLOSE, type ParticipantInfo } from '@partyline/protocol';
import { isProblem } from '../support/api-client.ts';
import { mute, remove } from '../support/moderation.ts';
import { partyline, withProgram } from '../support/program.ts';
import { nowMs, RawClient } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

/** Short, so that a ticket is renewed while one watches. */
const TICKET_TTL_SECONDS = 20;

/** Commands compile themselves first. */
const COMMAND_MS = 20_000;

/** Whether a listener hears a stream now: some frames of it within half a second. */
const hears = (listener: RawClient, streamId: number): Promise<boolean> => {
  const fromMs = nowMs();
  const fresh = (): number =>
    listener.reception.countsBetween(fromMs, Number.POSITIVE_INFINITY).get(streamId) ?? 0;
  return holdsWithin(() => fresh() >= 5, 1_500);
};

/** Whether a listener hears nothing of a stream for half a second. */
const isSpared = async (listener: RawClient, streamId: number): Promise<boolean> => {
  const fromMs = nowMs();
  await forMs(500);
  return !listener.reception.countsBetween(fromMs, nowMs()).has(streamId);
};

/** A moderator's mute holds through everything the muted one may try, and ends when it is lifted. */
const muting = async (system: System, checks: Expectations, talkers: Talkers): Promise<void> => {
  const room = 'muted';
  const listener = await system.join({ room, identity: 'listener', grants: { publish: false } });
  const first = await system.join({ room, identity: 'talker' });
  talkers.say(first, speech(20));
  checks.expect(await hears(listener, first.streamId), 'a talker is not heard before it is muted');

  const answer = await mute(system.admin, room, 'talker', true);
  checks.expect(answer.status === 200, `muting is answered by ${answer.status}`);
  checks.expect((await first.waitFor('moderated'))?.muted === true, 'who was muted is not told');
  const told = await listener.waitFor('participants', ({ updated = [] }) =>
    updated.some((participant) => participant.identity === 'talker' && participant.moderated),
  );
  checks.expect(told !== undefined, 'the others are not told of the mute');
  checks.expect(await isSpared(listener, first.streamId), 'a muted talker is heard');
  first.send({ type: 'mute', muted: false });
  checks.expect(await isSpared(listener, first.streamId), 'a muted talker is heard after unmuting itself');

  talkers.hush(first);
  const resumed = await system.join({ room, identity: 'talker', resumeId: first.reply!.resumeId });
  talkers.say(resumed, speech(20));
  checks.expect(
    resumed.last('welcome')?.moderated === true,
    'the mute is forgotten when the session is resumed',
  );
  checks.expect(await isSpared(listener, resumed.streamId), 'a muted talker is heard after a reconnect');
  talkers.hush(resumed);
  await resumed.leave();
  const again = await system.join({ room, identity: 'talker' });
  talkers.say(again, speech(20));
  checks.expect(
    again.last('welcome')?.moderated === true,
    'the mute is forgotten when the identity joins anew',
  );
  checks.expect(await isSpared(listener, again.streamId), 'a muted talker is heard after joining anew');

  await mute(system.admin, room, 'talker', false);
  checks.expect(await hears(listener, again.streamId), 'a talker whose mute was lifted is not heard');
  talkers.hush(again);
  await Promise.all([again.leave(), listener.leave()]);
};

/** Who was removed stays out, by whatever door. */
const removing = async (system: System, checks: Expectations): Promise<void> => {
  const room = 'removed';
  const token = await system.token({ room, identity: 'troll' });
  const api = system.api.as(token);
  const troll = await system.join({ room, identity: 'troll' });
  const witness = await system.join({ room, identity: 'witness' });
  const answer = await remove(system.admin, room, 'troll');
  checks.expect(answer.status === 200, `removing is answered by ${answer.status}`);
  const code = await troll.closeCode();
  checks.expect(
    code === CLOSE.removed,
    `a removed participant's close code is ${code}, not ${CLOSE.removed}`,
  );
  checks.expect(troll.last('error')?.fatal === true, 'who is removed is not told why');
  const left = await witness.waitFor(
    'participants',
    (change) => change.left?.includes(troll.streamId) === true,
  );
  checks.expect(left !== undefined, 'the others are not told that somebody was removed');

  const back = await api.request('POST', `/v1/rooms/${room}/join`, { resumeId: troll.reply!.resumeId });
  checks.expect(isProblem(back, 403), `a removed participant's join is answered by ${back.status}`);
  const old = await RawClient.open(system.api.socketUrl(troll.reply!));
  const resumeKey = troll.last('welcome')?.resumeKey;
  old.hello(troll.reply!.ticket, resumeKey === undefined ? {} : { resumeKey });
  const oldCode = await old.closeCode();
  checks.expect(oldCode === CLOSE.removed, `a removed participant's old ticket ends in ${oldCode}`);
  await witness.leave();
};

/** A ticket is renewed over the connection, and the renewed one opens the next connection. */
const renewing = async (system: System, checks: Expectations): Promise<void> => {
  const client = await system.join({ room: 'renewed', identity: 'stayer' });
  const renewed = await client.waitFor('ticket', undefined, TICKET_TTL_SECONDS * 1_000);
  checks.expect(renewed !== undefined, 'no renewed ticket came at half-life');
  if (renewed === undefined) return;
  checks.expect(
    renewed.expiresAt > client.reply!.ticketExpiresAt,
    'the renewed ticket does not last longer than the first',
  );
  const { resumeKey, streamId } = client.last('welcome')!;
  client.vanish();
  const back = await RawClient.open(system.api.socketUrl(client.reply!));
  back.hello(renewed.ticket, { resumeKey });
  const welcome = await back.waitFor('welcome');
  checks.expect(welcome?.streamId === streamId, 'the renewed ticket does not bring the same session back');
  await back.leave();
};

/** What a participant is told of another: in the welcome, or a moment later when that one is on another edge. */
const announcedTo = async (client: RawClient, identity: string): Promise<ParticipantInfo | undefined> => {
  const find = (participants: readonly ParticipantInfo[] = []): ParticipantInfo | undefined =>
    participants.find((participant) => participant.identity === identity);
  const known = find(client.last('welcome')?.participants);
  if (known !== undefined) return known;
  const change = await client.waitFor('participants', ({ joined }) => find(joined) !== undefined);
  return find(change?.joined);
};

/** Rooms as the API keeps them: settings, metadata, limits, deletion. */
const rooms = async (system: System, checks: Expectations): Promise<void> => {
  const { admin } = system;
  const room = 'small';
  const settings = { maxParticipants: 2, metadata: '{"subject":"geometry"}' };
  const created = await admin.request('POST', '/v1/rooms', { room, settings });
  const repeated = await admin.request('POST', '/v1/rooms', { room, settings });
  const different = await admin.request('POST', '/v1/rooms', {
    room,
    settings: { ...settings, maxParticipants: 3 },
  });
  checks.expect(created.status === 201, `creating a room is answered by ${created.status}`);
  checks.expect(repeated.status === 200, `creating it again by ${repeated.status}, not 200`);
  checks.expect(isProblem(different, 409), `creating it otherwise by ${different.status}, not 409`);

  const metadata = '{"seat":7}';
  const one = await system.join({ room, identity: 'one', name: 'First', metadata });
  const two = await system.join({ room, identity: 'two' });
  const announced = await announcedTo(two, 'one');
  checks.expect(
    announced?.metadata === metadata && announced.name === 'First',
    `name and metadata of a participant arrive as ${JSON.stringify(announced)}`,
  );
  // Which regions a room is in is known everywhere after a second.
  const show = async (): Promise<{ metadata?: string; participants?: number }> =>
    (await admin.request('GET', `/v1/rooms/${room}`)).body as { metadata?: string; participants?: number };
  const counted = await holdsWithin(async () => (await show()).participants === 2, 2_000, 50);
  const { metadata: kept, participants } = await show();
  checks.expect(
    counted && kept === settings.metadata,
    `the room shows metadata ${kept} and ${participants} participants`,
  );
  const third = await system.token({ room, identity: 'three' });
  const refused = await system.api.as(third).request('POST', `/v1/rooms/${room}/join`, {});
  checks.expect(
    refused.status >= 400 && isProblem(refused, refused.status),
    `a join of a full room is answered by ${refused.status} ${JSON.stringify(refused.body)}`,
  );
  await one.leave();
  const admitted = await holdsWithin(
    async () => (await system.api.as(third).request('POST', `/v1/rooms/${room}/join`, {})).status < 300,
    5_000,
    250,
  );
  checks.expect(admitted, 'nobody is let in after somebody has left a full room');

  const deleted = await admin.request('DELETE', `/v1/rooms/${room}`);
  checks.expect([200, 202, 204].includes(deleted.status), `deleting a room is answered by ${deleted.status}`);
  const code = await two.closeCode();
  checks.expect(
    code === CLOSE.roomClosed,
    `in a deleted room the close code is ${code}, not ${CLOSE.roomClosed}`,
  );
};

/** A participant with the grant may moderate its own room and no other. */
const grants = async (system: System, checks: Expectations): Promise<void> => {
  const moderator = system.api.as(
    await system.token({ room: 'class', identity: 'teacher', grants: { moderate: true } }),
  );
  const pupil = await system.join({ room: 'class', identity: 'pupil' });
  const stranger = await system.join({ room: 'other-class', identity: 'pupil' });
  const own = await mute(moderator, 'class', 'pupil', true);
  const other = await mute(moderator, 'other-class', 'pupil', true);
  checks.expect(own.status === 200, `a moderator's mute is answered by ${own.status}, not 200`);
  checks.expect(isProblem(other, 403), `a moderator's mute in another room is answered by ${other.status}`);
  await Promise.all([pupil.leave(), stranger.leave()]);
};

/** What the command says of an act, and its exit code. */
const command = (system: System, token: string, words: readonly string[]): Promise<string> =>
  withProgram(
    partyline([...words, '--url', system.api.url], { PARTYLINE_TOKEN: token }),
    async (program) => `${await program.ends(COMMAND_MS)} ${program.output}`,
  );

/** The same acts from a command line, with a token for one room. */
const fromCommandLine = async (system: System, checks: Expectations): Promise<void> => {
  const room = 'commanded';
  const guest = await system.join({ room, identity: 'the guest' });
  const [moderator, stranger] = await Promise.all([
    system.token({ room, identity: 'operator', grants: { moderate: true } }),
    system.token({ room, identity: 'visitor' }),
  ]);
  const act = async (token: string, expected: RegExp, ...words: string[]): Promise<void> => {
    const said = await command(system, token, words);
    checks.expect(expected.test(said), `partyline ${words.join(' ')} says "${said}"`);
  };
  await act(stranger, /^4 .*moderate grant/, 'mute', room, 'the guest');
  await act(moderator, /^0 the guest is muted in commanded\.$/, 'mute', room, 'the guest');
  const muted = await guest.waitFor('moderated', (message) => message.muted);
  checks.expect(muted !== undefined, 'who is muted by command is not told');
  await act(moderator, /^0 {.*"applied":"edge","muted":false/, 'unmute', room, 'the guest', '--json');
  await act(
    moderator,
    /^0 somebody is muted in commanded\. .*holds when they come/,
    'mute',
    room,
    'somebody',
  );
  await act(
    moderator,
    /^0 the guest is removed from commanded until 2/,
    'remove',
    room,
    'the guest',
    '--for',
    '1h',
    '--reason',
    'noise',
  );
  const code = await guest.closeCode();
  checks.expect(code === CLOSE.removed, `who is removed by command is closed with ${code}`);
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  await Promise.all([
    muting(system, checks, talkers),
    removing(system, checks),
    renewing(system, checks),
    rooms(system, checks),
    grants(system, checks),
    fromCommandLine(system, checks),
  ]);
  talkers.stop();
  context.say(`${checks.held} expectations held`);
  return checks.outcome;
};

/** What moderators and customers' backends do to rooms and the people in them. */
export const run = systemScenario({
  name: 'moderation',
  about: 'Mute, removal and deletion through the API take effect and last; limits, metadata, ticket renewal.',
  floor: 'every act as specified',
  aim: 'every act as specified',
  system: { env: { PARTYLINE_TICKET_TTL: String(TICKET_TTL_SECONDS) } },
  inCall,
});
