import type { CallContext, CallFeature } from '../call-feature.ts';
import type { CallState } from '../call-state.ts';
import { CHAT_LABEL } from '../chat/chat.ts';
import { ToneGate, type ToneName } from './tone-gate.ts';
import { playTone } from './tones.ts';

/**
 * Short sounds for who comes and goes, for messages, and for one's own microphone. They go where voices go: through the
 * same volume to the same loudspeaker, silent when deafened, and never into the microphone's path.
 */
export function tonesFeature({ session, preferences }: CallContext): CallFeature {
  const { room, call } = session;
  const gate = new ToneGate();
  const play = (tone: ToneName): void => {
    if (!preferences.current.sounds || call.deafened) return;
    if (gate.passes(tone, performance.now())) playTone(tone, call.output);
  };
  let silenced: boolean | undefined;
  const stops = [
    room.on('participants', ({ joined, left }) => {
      // Everybody known is told again after a reconnect, as updates; only who really comes or goes is heard.
      if (joined.some(({ self }) => !self)) play('join');
      else if (left.some(({ self }) => !self)) play('leave');
    }),
    room.on('data', ({ label }) => {
      if (label === CHAT_LABEL) play('message');
    }),
  ];
  return {
    // With push to talk nobody is muted between two sentences, so that the key does not beep.
    update: ({ muted, moderated, canTalk }: CallState) => {
      const now = canTalk && (muted || moderated);
      if (silenced !== undefined && now !== silenced) play(now ? 'muted' : 'unmuted');
      silenced = now;
    },
    end: () => {
      for (const stop of stops) stop();
    },
  };
}
