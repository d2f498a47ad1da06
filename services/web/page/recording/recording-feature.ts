import type { CallContext, CallFeature } from '../call-feature.ts';
import { strings } from '../strings.ts';

/** Says aloud, and in a message, when the room begins or ceases to be recorded; the header shows it meanwhile. */
export function recordingFeature({ session, notify, announce }: CallContext): CallFeature {
  const { room } = session;
  const began = (): void => notify({ tone: 'warning', text: strings.recording.began, goesAfterMs: 10_000 });
  // The banner is read aloud, so that nothing else has to say it.
  if (room.recording !== undefined) began();
  const stop = room.on('recording', (recording) => {
    if (recording !== undefined) began();
    else announce(strings.recording.ended);
  });
  return { end: stop };
}
