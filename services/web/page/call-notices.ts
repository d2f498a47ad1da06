import type { DeviceChange } from '@partyline/client/browser';
import type { SessionListeners } from './call-session.ts';
import { type DeviceNews, loudspeakerNews, microphoneNews } from './device-news.ts';
import { strings } from './strings.ts';
import type { BannerMessage } from './views/banner.ts';

/** Good news goes by itself after this long, in ms; news of devices stay somewhat longer. */
const GOOD_NEWS_MS = 3_000;
const DEVICE_NEWS_MS = 8_000;

/** What the page does about what happens to a call. */
export interface NoticePlace {
  notify(message: BannerMessage): void;
  /** Takes the message away. */
  hide(): void;
  /** Whether the person is choosing devices at the moment. */
  areSettingsOpen(): boolean;
  openSettings(): void;
  /** Starts sound that the browser held back. */
  resume(): void;
  onClosed(reason: unknown): void;
}

/** As long as it lasts, since a change of language takes it away. */
export const reconnectingNotice = (): BannerMessage => ({
  tone: 'warning',
  text: strings.banner.reconnecting,
});

/** Puts what happens to a call by itself into messages across the top of the page. */
export function callNotices(place: NoticePlace): SessionListeners {
  const microphone = microphoneNews();
  const loudspeaker = loudspeakerNews();
  const tell = (news: DeviceNews, change: DeviceChange): void => {
    const text = news.of(change, place.areSettingsOpen());
    if (text !== undefined) place.notify({ tone: 'warning', text, goesAfterMs: DEVICE_NEWS_MS });
  };
  return {
    onReconnecting: () => place.notify(reconnectingNotice()),
    onRecovered: () =>
      place.notify({ tone: 'good', text: strings.banner.recovered, goesAfterMs: GOOD_NEWS_MS }),
    onClosed: (reason) => place.onClosed(reason),
    onMicrophoneLost: () => {
      const action = { label: strings.banner.chooseMicrophone, run: () => place.openSettings() };
      place.notify({ tone: 'error', text: strings.problems.microphoneLost, action });
    },
    onMicrophoneChanged: (change) => tell(microphone, change),
    onLoudspeakerChanged: (change) => tell(loudspeaker, change),
    onPlayback: (running) => {
      if (running) return place.hide();
      const action = { label: strings.banner.playbackAction, run: () => place.resume() };
      place.notify({ tone: 'warning', text: strings.banner.playbackBlocked, action });
    },
  };
}
