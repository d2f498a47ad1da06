import { isRoomId } from '@partyline/protocol';
import { CallSession } from './call-session.ts';
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts';
import { describeProblem } from './problems.ts';
import { strings } from './strings.ts';
import { TalkSwitch } from './talk-switch.ts';
import { Announcer } from './views/announcer.ts';
import { Banner } from './views/banner.ts';
import { CallView } from './views/call-view.ts';
import { JoinForm, type JoinWish } from './views/join-form.ts';
import { listenToTalkKeys } from './views/talk-keys.ts';

/** Often enough for level rings to look alive, in ms. */
const RENDER_EVERY_MS = 66;
/** Good news goes by itself after this long, in ms. */
const GOOD_NEWS_MS = 3_000;

declare global {
  interface Window {
    /** The room one is in, as the SDK gives it: for tests and for the curious at the console. */
    partyline?: CallSession['room'] | undefined;
  }
}

interface CallUnderWay {
  session: CallSession;
  end(): void;
}

/** Wires views, preferences and the call together: one form, then one call, then the form again. */
export class App {
  readonly #banner = new Banner();
  readonly #announcer = new Announcer();
  readonly #form = new JoinForm((wish) => void this.#join(wish));
  readonly #root: HTMLElement;
  #preferences: Preferences;
  /** As the page's address asks for it: for trying a cluster out. */
  readonly #region: string | undefined;
  #joining: AbortController | undefined;
  #call: CallUnderWay | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#preferences = loadPreferences(storage());
    const address = new URLSearchParams(location.search);
    const asked = address.get('room') ?? '';
    this.#region = address.get('region') ?? undefined;
    if (isRoomId(asked)) this.#preferences = { ...this.#preferences, room: asked };
    addEventListener('pagehide', () => this.#leave());
  }

  start(): void {
    this.#showForm();
  }

  #showForm(): void {
    document.title = strings.product;
    this.#root.replaceChildren(this.#banner.node, this.#form.node, this.#announcer.node);
    this.#form.open(this.#preferences.name, this.#preferences.room);
  }

  async #join({ name, room, talk }: JoinWish): Promise<void> {
    this.#banner.hide();
    this.#form.setBusy(true);
    this.#joining = new AbortController();
    this.#remember({ ...this.#preferences, name, room });
    try {
      const region = this.#region;
      const options = {
        url: location.origin,
        room,
        name,
        talk,
        signal: this.#joining.signal,
        ...(region === undefined ? {} : { region }),
      };
      const session = await CallSession.start(options, {
        onReconnecting: () => this.#banner.show({ tone: 'warning', text: strings.banner.reconnecting }),
        onRecovered: () =>
          this.#banner.show({ tone: 'good', text: strings.banner.recovered, goesAfterMs: GOOD_NEWS_MS }),
        onClosed: (reason) => this.#closed(reason),
        onMicrophoneLost: () => this.#banner.show({ tone: 'error', text: strings.problems.microphoneLost }),
        onPlayback: (running) => this.#playback(running),
      });
      const where = region === undefined ? '' : `&region=${encodeURIComponent(region)}`;
      history.replaceState(null, '', `?room=${encodeURIComponent(room)}${where}`);
      this.#showCall(session);
    } catch (error) {
      this.#form.setBusy(false);
      this.#showProblem(error);
    }
  }

  #showCall(session: CallSession): void {
    const talk = new TalkSwitch(this.#preferences.mode, (live) => {
      session.setLive(live, talk.mode);
      this.#announcer.say(live ? strings.controls.nowLive : strings.controls.nowMuted);
      view.update(session.state);
    });
    session.setLive(talk.live, talk.mode);
    const view = new CallView({
      talk,
      link: () => `${location.origin}/?room=${encodeURIComponent(session.room.name)}`,
      announce: (text) => this.#announcer.say(text),
      onEcho: (enabled) => {
        session.setEcho(enabled);
        this.#announcer.say(enabled ? strings.controls.echoOn : strings.controls.echoOff);
        view.update(session.state);
      },
      onMode: (mode) => {
        session.setLive(talk.live, mode);
        this.#remember({ ...this.#preferences, mode });
        view.update(session.state);
      },
      onLeave: () => this.#leave(),
    });
    view.update(session.state);
    this.#root.replaceChildren(this.#banner.node, view.node, this.#announcer.node);
    view.focus();
    document.title = `${session.room.name} · ${strings.product}`;
    const ignoreKeys = listenToTalkKeys(window, talk);
    const timer = setInterval(() => view.update(session.state), RENDER_EVERY_MS);
    this.#call = {
      session,
      end: () => {
        clearInterval(timer);
        ignoreKeys();
      },
    };
    window.partyline = session.room;
  }

  #leave(): void {
    if (this.#call) void this.#call.session.end();
    else this.#joining?.abort();
  }

  #closed(reason: unknown): void {
    if (!this.#call) return;
    this.#call.end();
    // Ended by the other side, the microphone would otherwise stay open.
    if (reason !== undefined) void this.#call.session.end();
    this.#call = undefined;
    window.partyline = undefined;
    this.#banner.hide();
    this.#showForm();
    if (reason !== undefined) this.#showProblem(reason);
  }

  #playback(running: boolean): void {
    if (running) {
      this.#banner.hide();
      return;
    }
    const run = (): void => void this.#call?.session.resume();
    const action = { label: strings.banner.playbackAction, run };
    this.#banner.show({ tone: 'warning', text: strings.banner.playbackBlocked, action });
  }

  #showProblem(error: unknown): void {
    const secureUrl = location.href.replace(/^http:/, 'https:');
    this.#banner.show({ tone: 'error', text: describeProblem(error, { secureUrl }) });
  }

  #remember(preferences: Preferences): void {
    this.#preferences = preferences;
    savePreferences(storage(), preferences);
  }
}

/** Browsers that forbid storage throw at the very name. */
function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined };
  }
}
