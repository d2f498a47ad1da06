import type { MicrophonePreview } from '@partyline/client/browser';
import { element } from '../element.ts';
import { icon, mark } from '../icons.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { languages, nameOfLanguage, strings } from '../strings.ts';
import { JoinForm, type JoinFormValues, type JoinWish } from './join-form.ts';
import { SoundCheck } from './sound-check.ts';

export interface JoinViewOptions {
  preferences: PreferenceStore;
  values: JoinFormValues;
  onJoin(wish: JoinWish): void;
  /** The person no longer wants to join. */
  onCancel(): void;
  onSettings(): void;
  describe(error: unknown): string;
}

/** The first view: who are you, where do you want to go, and does your sound work? */
export class JoinView {
  readonly node: HTMLElement;
  readonly #form: JoinForm;
  readonly #soundCheck: SoundCheck;

  constructor(options: JoinViewOptions) {
    const { preferences, values, describe, onJoin, onCancel, onSettings } = options;
    this.#form = new JoinForm({ values, onJoin, onCancel });
    this.#soundCheck = new SoundCheck(preferences, describe);
    const hero = element(
      'div',
      { class: 'hero' },
      mark(),
      element('h1', {}, strings.product),
      element('p', {}, strings.tagline),
    );
    this.node = element(
      'div',
      { class: 'join-page' },
      element('div', { class: 'join-corner' }, ...otherLanguages(preferences), settingsButton(onSettings)),
      element('main', { class: 'join-main' }, hero, this.#form.node, this.#soundCheck.node),
    );
  }

  /** What the form holds, for a form in another language. */
  get values(): JoinFormValues {
    return this.#form.values;
  }

  /** The open microphone, if there is one. */
  get preview(): MicrophonePreview | undefined {
    return this.#soundCheck.preview;
  }

  focus(): void {
    this.#form.focus();
  }

  setBusy(busy: boolean): void {
    this.#form.setBusy(busy);
  }

  end(): void {
    this.#soundCheck.end();
  }
}

function settingsButton(onSettings: () => void): HTMLButtonElement {
  const { heading } = strings.settings;
  const button = element(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': heading, title: heading },
    icon('settings'),
  );
  button.addEventListener('click', onSettings);
  return button;
}

/** Each in its own words, as somebody looks for it who cannot read the rest. */
function otherLanguages(preferences: PreferenceStore): HTMLButtonElement[] {
  return languages
    .filter((language) => nameOfLanguage(language) !== strings.language)
    .map((language) => {
      const button = element(
        'button',
        { type: 'button', class: 'button quiet', lang: language },
        nameOfLanguage(language),
      );
      button.addEventListener('click', () => preferences.change({ language }));
      return button;
    });
}
