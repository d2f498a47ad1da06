import { isRoomId } from '@partyline/protocol';
import { type Address, readAddress, readToken } from './access-token.ts';
import { callNotices, reconnectingNotice } from './call-notices.ts';
import { CallScreen } from './call-screen.ts';
import { CallSession } from './call-session.ts';
import { askForCodecs } from './codec/codec-choice.ts';
import { chooseLanguage } from './language.ts';
import { PreferenceStore } from './preference-store.ts';
import { describeProblem, isAboutToken } from './problems.ts';
import { speak, strings } from './strings.ts';
import { Theme } from './theme.ts';
import { Announcer } from './views/announcer.ts';
import { Banner, type BannerMessage } from './views/banner.ts';
import type { JoinFormValues, JoinWish } from './views/join-form.ts';
import { JoinView } from './views/join-view.ts';
import { type OpenSettings, openSettings } from './views/settings-dialog.ts';
import { Volumes } from './volumes.ts';

declare global {
  interface Window {
    /** The room one is in, as the SDK gives it: for tests and for the curious at the console. */
    partyline?: CallSession['room'] | undefined;
  }
}

/** Wires views, preferences and the call together: one form, then one call, then the form again. */
export class App {
  readonly #root: HTMLElement;
  readonly #preferences = new PreferenceStore(storage());
  readonly #volumes = new Volumes(storage());
  readonly #theme = new Theme(document.documentElement);
  readonly #banner = new Banner();
  readonly #announcer = new Announcer();
  readonly #address: Address;
  #joinView: JoinView | undefined;
  #joining: AbortController | undefined;
  #call: CallScreen | undefined;
  #settings: OpenSettings | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#address = readAddress(location);
    if (this.#address.token !== undefined) {
      // Taken out at once: it must neither be seen nor stay in the history, nor be sent along with the link.
      history.replaceState(null, '', location.pathname + location.search);
    }
    this.#preferences.onChange((now, before) => {
      if (now.theme !== before.theme) this.#theme.choose(now.theme);
      if (now.language !== before.language) this.#changeLanguage();
    });
    addEventListener('languagechange', () => this.#changeLanguage());
    addEventListener('pagehide', () => this.#leave());
  }

  start(): void {
    this.#theme.choose(this.#preferences.current.theme);
    this.#speak();
    void askForCodecs();
    const { name, room } = this.#preferences.current;
    const { token = '', room: asked = '' } = this.#address;
    const told = readToken(token);
    const wanted = [asked, told.room ?? ''].find((candidate) => isRoomId(candidate)) ?? room;
    this.#showForm({ name: told.name ?? name, room: wanted, token, tokenFromAddress: token !== '' });
  }

  #showForm(values: JoinFormValues): void {
    document.title = strings.product;
    const view = new JoinView({
      preferences: this.#preferences,
      values,
      onJoin: (wish) => void this.#join(wish),
      onCancel: () => this.#joining?.abort(),
      onSettings: () => this.#openSettings(),
      describe: (error) => this.#describe(error),
    });
    this.#joinView?.end();
    this.#joinView = view;
    this.#show(view.node);
    view.focus();
  }

  #show(view: HTMLElement): void {
    // A call fills the window and scrolls within it; a form may be longer than that.
    this.#root.classList.toggle('in-call', view.classList.contains('call-page'));
    this.#root.replaceChildren(this.#banner.node, view, this.#announcer.node);
  }

  async #join({ name, room, token, talk }: JoinWish): Promise<void> {
    const view = this.#joinView;
    if (view === undefined) return;
    this.#banner.hide();
    view.setBusy(true);
    this.#preferences.change({ name, room });
    const joining = new AbortController();
    this.#joining = joining;
    try {
      const { region } = this.#address;
      const session = await CallSession.start(
        {
          url: location.origin,
          room,
          name,
          talk,
          token,
          region,
          preferences: this.#preferences.current,
          preview: view.preview,
          volumes: this.#volumes,
          signal: joining.signal,
        },
        callNotices({
          notify: (message) => this.#notify(message),
          hide: () => this.#banner.hide(),
          areSettingsOpen: () => this.#settings !== undefined,
          openSettings: () => this.#openSettings(),
          resume: () => void this.#call?.session.resume(),
          onClosed: (reason) => this.#closed(reason),
        }),
      );
      const where = region === undefined ? '' : `&region=${encodeURIComponent(region)}`;
      history.replaceState(null, '', `?room=${encodeURIComponent(room)}${where}`);
      this.#startCall(session);
    } catch (error) {
      // The form may be another one by now, in another language.
      this.#joinView?.setBusy(false);
      if (joining.signal.aborted) return;
      this.#offerAnotherToken(error);
      this.#showProblem(error);
    }
  }

  /** A token of the address that is good for nothing gives way to the field for one. */
  #offerAnotherToken(error: unknown): void {
    const values = this.#joinView?.values;
    if (values?.tokenFromAddress && isAboutToken(error)) {
      this.#showForm({ ...values, token: '', tokenFromAddress: false });
    }
  }

  #startCall(session: CallSession): void {
    this.#settings?.close();
    const values = this.#joinView?.values;
    this.#joinView?.end();
    this.#joinView = undefined;
    this.#formValues = values ?? this.#formValues;
    window.partyline = session.room;
    this.#call = new CallScreen({
      session,
      preferences: this.#preferences,
      announce: (text) => this.#announcer.say(text),
      notify: (message) => this.#notify(message),
      showProblem: (error) => this.#showProblem(error),
      show: (node) => this.#show(node),
      openSettings: () => this.#openSettings(),
      onLeave: () => this.#leave(),
    });
  }

  /** What the form held before the call; the token in it is good for another join. */
  #formValues: JoinFormValues = { name: '', room: '', token: '', tokenFromAddress: false };

  #leave(): void {
    if (this.#call) void this.#call.session.end();
    else this.#joining?.abort();
  }

  #closed(reason: unknown): void {
    const call = this.#call;
    if (!call) return;
    this.#call = undefined;
    this.#settings?.close();
    call.end();
    // Ended by the other side, the microphone would otherwise stay open.
    if (reason !== undefined) void call.session.end();
    window.partyline = undefined;
    this.#banner.hide();
    this.#showForm(this.#formValues);
    if (reason !== undefined) this.#showProblem(reason);
  }

  #openSettings(focus?: 'language'): void {
    const settings = openSettings({
      preferences: this.#preferences,
      call: this.#call?.session.call,
      more: this.#call?.features.flatMap((feature) => feature.settings?.() ?? []) ?? [],
      ...(focus && { focus }),
      onClose: () => {
        // Told a moment later: the same settings may be open again by then, in another language.
        if (this.#settings === settings) this.#settings = undefined;
      },
    });
    this.#settings = settings;
  }

  #speak(): void {
    const language = chooseLanguage(this.#preferences.current.language, navigator.languages);
    speak(language);
    document.documentElement.lang = language;
  }

  #changeLanguage(): void {
    this.#speak();
    this.#banner.hide();
    if (this.#call?.session.state.phase === 'reconnecting') this.#notify(reconnectingNotice());
    const settings = this.#settings;
    settings?.close();
    if (this.#call) this.#call.rebuild();
    else if (this.#joinView) this.#showForm(this.#joinView.values);
    if (settings) this.#openSettings('language');
  }

  #notify(message: BannerMessage): void {
    this.#banner.show(message);
  }

  #describe(error: unknown): string {
    return describeProblem(error, { secureUrl: location.href.replace(/^http:/, 'https:') });
  }

  /** In the settings when they are open, as they hide the banner. */
  #showProblem(error: unknown): void {
    const text = this.#describe(error);
    if (this.#settings) this.#settings.complain(text);
    else this.#notify({ tone: 'error', text });
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
