import type { CallContext, CallFeature } from '../call-feature.ts';
import { strings } from '../strings.ts';
import { askForCodecs, codecLabel, usableCodec } from './codec-choice.ts';

/** The message stays for so long, in ms. */
const NEWS_MS = 8_000;

/** Sends the voice as it was chosen, and says so when the room makes it something else. */
export function codecFeature({ session, preferences, notify, showProblem }: CallContext): CallFeature {
  const { call } = session;
  let over = false;
  const follow = async (): Promise<void> => {
    const codec = usableCodec(preferences.current.codec);
    if (over || codec === call.wantedCodec) return;
    try {
      await call.setCodec(codec);
    } catch {
      // Given up for another one, or the call is over: then nobody waits for it.
      if (over || codec !== usableCodec(preferences.current.codec)) return;
      preferences.change({ codec: usableCodec(call.wantedCodec) });
      showProblem(new Error(strings.codec.failed(codecLabel(codec), codecLabel(call.codec))));
    }
  };
  const tell = (): void => {
    const { codec, wantedCodec } = call;
    if (codec === wantedCodec) return;
    const text = strings.codec.instead(codecLabel(wantedCodec), codecLabel(codec));
    notify({ tone: 'warning', text, goesAfterMs: NEWS_MS });
  };
  const stops = [
    call.on('codec', tell),
    call.on('error', showProblem),
    preferences.onChange((now, before) => {
      if (now.codec !== before.codec) void follow();
    }),
  ];
  tell();
  // Who joined before the server had said which there are.
  void askForCodecs().then(follow);
  return {
    end: () => {
      over = true;
      for (const stop of stops) stop();
    },
  };
}
