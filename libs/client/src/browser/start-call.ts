import { PartylineError } from '../errors.ts';
import { joinRoom } from '../join-room.ts';
import { openAudioContext } from './audio-context.ts';
import type { Call, StartCallOptions } from './call.ts';
import { LiveCall } from './live-call.ts';
import { requestMicrophone } from './microphone.ts';

/**
 * Opens sound and microphone, joins the room and connects the three. Call it from a click: browsers start
 * sound only then.
 *
 * @throws PartylineError `no_secure_context`, `unsupported_browser`, `microphone_refused`,
 * `microphone_unavailable`, or what `joinRoom` throws. After a refused microphone, call again with
 * `microphone: false` to listen only.
 */
export const startCall = async (options: StartCallOptions): Promise<Call> => {
  const { workletUrl, microphone = {}, ...joining } = options;
  const context = await openAudioContext(workletUrl);
  let stream: MediaStream | undefined;
  try {
    // Before joining: whoever is still asked for permission is not announced to the room yet.
    stream = microphone === false ? undefined : await requestMicrophone(microphone);
    if (options.signal?.aborted === true) throw new PartylineError('aborted', 'The caller gave up joining.');
    const room = await joinRoom(joining);
    const call = new LiveCall(context, room);
    try {
      if (microphone !== false) await call.useMicrophone(microphone, stream);
    } catch (error) {
      await call.end();
      throw error;
    }
    // Without a click before, the browser may hold sound back; the page then offers a button for it.
    void context.resume();
    return call;
  } catch (error) {
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (context.state !== 'closed') await context.close();
    throw error;
  }
};
