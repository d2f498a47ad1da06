import type { CodecFormat } from '@partyline/protocol';
import { PartylineError } from '../errors.ts';
import { joinRoom } from '../join-room.ts';
import type { JoinRoomOptions } from '../options.ts';
import type { Room } from '../room-types.ts';
import { checkFormats } from '../voice-formats.ts';
import { openAudioContext } from './audio-context.ts';
import type { Call, StartCallOptions } from './call.ts';
import { useCodecModules } from './codec-modules-at.ts';
import { LiveCall } from './live-call.ts';
import { LivePreview, type OpenedSound } from './live-preview.ts';
import { MicrophoneKeeper } from './microphone-keeper.ts';
import type { MicrophoneOptions } from './microphone-options.ts';
import { WorkerTimers } from './worker-timers.ts';

/**
 * Opens sound and microphone, joins the room and connects the three. Call it from a click: browsers start
 * sound only then.
 *
 * @example
 * button.onclick = async () => {
 *   const call = await startCall({ url: 'https://voice.example', room: 'lobby', token });
 *   call.room.on('speakers', (speakers) => highlight(speakers));
 *   muteButton.onclick = () => call.setMuted(!call.muted);
 * };
 *
 * @throws PartylineError `no_secure_context`, `unsupported_browser`, `microphone_refused`,
 * `microphone_unavailable`, `invalid_option` and `codec_failed` (the codec), or what `joinRoom` throws. After a refused microphone, call again with
 * `microphone: false` to listen only.
 */
export const startCall = async (options: StartCallOptions): Promise<Call> => {
  const {
    workletUrl,
    microphone = {},
    loudspeakerId,
    codec = 'opus/48000',
    codecModulesUrl,
    ...asked
  } = options;
  checkFormats([codec]);
  // They are asked for while the microphone is being opened.
  const decodable = codecModulesUrl === undefined ? undefined : useCodecModules(codecModulesUrl);
  const join = async (): Promise<Room> =>
    await joinUnthrottled(decodable === undefined ? asked : { codecs: await decodable, ...asked });
  if (microphone instanceof LivePreview) {
    const room = await join();
    const sound = await surrendered(microphone, room);
    return await connect(room, sound, { microphone: microphone.options, loudspeakerId, codec });
  }
  const context = await openAudioContext(workletUrl);
  const keeper = new MicrophoneKeeper(context);
  let room: Room;
  try {
    const wanted = microphone === false ? undefined : (microphone as MicrophoneOptions);
    // Before joining: whoever is still asked for permission is not announced to the room yet.
    if (wanted !== undefined) await keeper.use(wanted, true);
    if (options.signal?.aborted === true) throw new PartylineError('aborted', 'The caller gave up joining.');
    room = await join();
  } catch (error) {
    keeper.release();
    await context.close();
    throw error;
  }
  return await connect(room, { context, keeper }, { microphone, loudspeakerId, codec });
};

/** Joins with timers that go on at their pace while the page is hidden. */
const joinUnthrottled = async (options: JoinRoomOptions): Promise<Room> => {
  if (options.timers !== undefined) return await joinRoom(options);
  const timers = new WorkerTimers();
  try {
    const room = await joinRoom({ ...options, timers });
    room.on('state', ({ phase }) => {
      if (phase === 'closed') timers.close();
    });
    return room;
  } catch (error) {
    timers.close();
    throw error;
  }
};

/** A preview may have been closed while its room was being joined. */
const surrendered = async (preview: LivePreview, room: Room): Promise<OpenedSound> => {
  try {
    return preview.surrender();
  } catch (error) {
    await room.leave();
    throw error;
  }
};

interface Wishes {
  microphone: MicrophoneOptions | false;
  loudspeakerId: string | undefined;
  codec: CodecFormat;
}

const connect = async (
  room: Room,
  { context, keeper }: OpenedSound,
  { microphone, loudspeakerId, codec }: Wishes,
): Promise<Call> => {
  const call = new LiveCall(context, room, keeper, codec);
  try {
    if (microphone !== false) await call.begin(microphone);
  } catch (error) {
    await call.end();
    throw error;
  }
  // One that is not plugged in today: the default does, and `loudspeakerId` of the call tells.
  if (loudspeakerId) await call.useLoudspeaker(loudspeakerId).catch(() => undefined);
  // Without a click before, the browser may hold sound back; the page then offers a button for it.
  void context.resume();
  return call;
};
