import type { CallContext, CallFeature } from './call-feature.ts';
import type { CallSession } from './call-session.ts';
import type { Person } from './call-state.ts';
import { features } from './features.ts';
import { pageTitle } from './page-title.ts';
import type { Preferences } from './preferences.ts';
import type { Shortcut } from './shortcuts.ts';
import { microphoneDiffers } from './sound-choice.ts';
import { strings } from './strings.ts';
import { labelOfKey } from './talk-key.ts';
import { TalkSwitch } from './talk-switch.ts';
import { listenToCallKeys } from './views/call-keys.ts';
import { CallView } from './views/call-view.ts';
import { openInvite } from './views/invite-dialog.ts';
import type { OpenDialog } from './views/modal-dialog.ts';
import { openPersonMenu } from './views/person-menu.ts';
import { openShortcuts } from './views/shortcuts-dialog.ts';
import { keepAwake } from './wake-lock.ts';

/** Often enough for level rings to look alive, in ms. */
const RENDER_EVERY_MS = 66;

export interface CallScreenOptions extends Omit<CallContext, 'openTab'> {
  /** Where the view goes. */
  show(node: HTMLElement): void;
  openSettings(): void;
  onLeave(): void;
}

/** A call as long as it lasts: its view, its keys, its features, the title of the tab. */
export class CallScreen {
  readonly #options: CallScreenOptions;
  readonly #talk: TalkSwitch;
  readonly #features: readonly CallFeature[];
  readonly #endings: (() => void)[];
  #view: CallView;
  #unread = (): number => 0;
  #dialog: OpenDialog | undefined;

  constructor(options: CallScreenOptions) {
    this.#options = options;
    const { session, preferences, announce } = options;
    this.#talk = new TalkSwitch(preferences.current.mode, {
      onLive: (live) => {
        session.setLive(live, this.#talk.mode);
        if (!this.#talk.deafened) announce(live ? strings.controls.nowLive : strings.controls.nowMuted);
        this.#update();
      },
      onDeafened: (deafened) => {
        session.setDeafened(deafened);
        session.setLive(this.#talk.live, this.#talk.mode);
        announce(deafened ? strings.controls.nowDeafened : strings.controls.nowHearing);
        this.#update();
      },
    });
    session.setLive(this.#talk.live, this.#talk.mode);
    const context: CallContext = { ...options, openTab: (id) => this.#view.openTab(id) };
    this.#features = features.map((make) => make(context));
    this.#view = this.#show();
    const timer = setInterval(() => this.#update(), RENDER_EVERY_MS);
    this.#endings = [
      () => clearInterval(timer),
      keepAwake(),
      listenToCallKeys(window, {
        talk: this.#talk,
        talkKey: () => preferences.current.talkKey,
        onShortcut: (shortcut) => this.#run(shortcut),
      }),
      preferences.onChange((now, before) => void this.#follow(now, before)),
    ];
  }

  get session(): CallSession {
    return this.#options.session;
  }

  get features(): readonly CallFeature[] {
    return this.#features;
  }

  /** Builds the views anew, in another language. */
  rebuild(): void {
    this.#dialog?.close();
    this.#view.end();
    this.#view = this.#show();
  }

  end(): void {
    for (const end of this.#endings) end();
    for (const feature of this.#features) feature.end?.();
    this.#dialog?.close();
    this.#view.end();
  }

  #show(): CallView {
    const { preferences, session, show, openSettings, onLeave, announce } = this.#options;
    const tabs = this.#features.flatMap((feature) => feature.tabs?.() ?? []);
    this.#unread = () => tabs.reduce((sum, tab) => sum + (tab.unread?.() ?? 0), 0);
    const view = new CallView({
      talk: this.#talk,
      tabs,
      panel: preferences.current.panel,
      onPanel: (panel) => preferences.change({ panel }),
      announce,
      talkKey: () => labelOfKey(preferences.current.talkKey, strings.shortcuts.keys),
      onOptions: (person, tile) => this.#openMenu(person, tile),
      onInvite: () => this.#open(openInvite(session.room.name, this.#link)),
      onShortcuts: () => this.#run('help'),
      onSettings: openSettings,
      onAddMicrophone: () => void this.#addMicrophone(),
      onEcho: (enabled) => {
        session.setEcho(enabled);
        announce(enabled ? strings.controls.echoOn : strings.controls.echoOff);
        this.#update();
      },
      onMode: (mode) => {
        session.setLive(this.#talk.live, mode);
        preferences.change({ mode });
        this.#update();
      },
      onLeave,
    });
    view.update(session.state);
    show(view.node);
    view.focus();
    return view;
  }

  #update(): void {
    const { state } = this.session;
    this.#view.update(state);
    for (const feature of this.#features) feature.update?.(state);
    const speaker = state.people.find((person) => person.speaking && !person.isSelf)?.name;
    const title = pageTitle({
      product: strings.product,
      room: state.room,
      hidden: document.hidden,
      speaker,
      unread: this.#unread(),
      muted: state.canTalk && state.muted,
    });
    if (document.title !== title) document.title = title;
  }

  get #link(): string {
    return `${location.origin}/?room=${encodeURIComponent(this.session.room.name)}`;
  }

  #run(shortcut: Shortcut): void {
    const { current } = this.#options.preferences;
    if (shortcut === 'mute') this.#talk.toggleMute();
    else if (shortcut === 'deafen') this.#talk.toggleDeafened();
    else if (this.#dialog?.node.open !== true) this.#open(openShortcuts(current.talkKey));
  }

  #openMenu(person: Person, tile: HTMLElement): void {
    const menu = openPersonMenu({
      person,
      tile,
      onHearing: (hearing) => {
        this.session.setHearing(person, hearing);
        this.#update();
      },
      actions: (close) => this.#features.flatMap((feature) => feature.personActions?.(person, close) ?? []),
    });
    this.#open(menu);
  }

  /** One dialog at a time. */
  #open(dialog: OpenDialog): void {
    this.#dialog = dialog;
    dialog.node.addEventListener('close', () => {
      if (this.#dialog === dialog) this.#dialog = undefined;
    });
  }

  async #addMicrophone(): Promise<void> {
    const { preferences, showProblem } = this.#options;
    try {
      await this.session.useMicrophone(preferences.current);
      this.session.setLive(this.#talk.live, this.#talk.mode);
    } catch (error) {
      showProblem(error);
    }
    this.#update();
  }

  /** Devices and processing change within the call. */
  async #follow(now: Preferences, before: Preferences): Promise<void> {
    try {
      if (microphoneDiffers(now, before) && this.session.call.hasMicrophone) {
        await this.session.useMicrophone(now);
      }
      if (now.loudspeakerId !== before.loudspeakerId) await this.session.useLoudspeaker(now);
    } catch (error) {
      this.#options.showProblem(error);
    }
  }
}
