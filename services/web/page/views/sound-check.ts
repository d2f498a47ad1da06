import { type MicrophonePreview, openMicrophonePreview } from '@partyline/client/browser';
import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { microphoneDiffers, microphoneOptions, WORKLET_URL } from '../sound-choice.ts';
import { strings } from '../strings.ts';
import { switchField } from './fields.ts';
import { LevelMeter } from './level-meter.ts';
import { loudspeakerFields, microphoneFields, type SoundFields } from './sound-fields.ts';

/** Level events with voice before the microphone counts as working: a quarter of a second. */
const ENOUGH_VOICE = 5;

/**
 * Before a call: the microphone on a meter and in one's own ears, and the loudspeaker. The microphone is opened by a
 * click, or by itself where it was allowed before: nobody is asked out of the blue.
 */
export class SoundCheck {
  readonly node: HTMLElement;
  readonly #preferences: PreferenceStore;
  readonly #describe: (error: unknown) => string;
  readonly #start: HTMLButtonElement;
  readonly #problem = element('p', { class: 'field-error', role: 'alert' });
  readonly #body = element('div', { class: 'fields' });
  readonly #loudspeaker: SoundFields;
  readonly #ignorePreferences: () => void;
  #preview: MicrophonePreview | undefined;
  #microphone: SoundFields | undefined;
  #ended = false;

  /** @param describe puts an error into words */
  constructor(preferences: PreferenceStore, describe: (error: unknown) => string) {
    this.#preferences = preferences;
    this.#describe = describe;
    const { soundCheck } = strings;
    this.#start = element(
      'button',
      { type: 'button', class: 'button' },
      icon('microphone'),
      element('span', {}, soundCheck.start),
    );
    this.#start.addEventListener('click', () => void this.#open());
    this.#loudspeaker = loudspeakerFields(preferences);
    this.node = element(
      'section',
      { class: 'sound-check card', 'aria-label': soundCheck.heading },
      element('h2', {}, soundCheck.heading),
      this.#problem,
      this.#body,
      this.#loudspeaker.node,
    );
    this.#showClosed();
    this.#ignorePreferences = preferences.onChange((now, before) => {
      if (microphoneDiffers(now, before)) void this.#use();
    });
    void this.#openIfAllowed();
  }

  /** The open microphone for a call to take over; undefined when there is none. */
  get preview(): MicrophonePreview | undefined {
    return this.#preview;
  }

  /** Closes the microphone, unless a call has it by now. */
  end(): void {
    this.#ended = true;
    this.#ignorePreferences();
    this.#loudspeaker.end();
    this.#close();
  }

  async #openIfAllowed(): Promise<void> {
    try {
      const { state } = await navigator.permissions.query({ name: 'microphone' as PermissionName });
      if (state === 'granted' && !this.#ended) await this.#open();
    } catch {
      // Not every browser tells: then a click opens it.
    }
  }

  async #open(): Promise<void> {
    this.#start.disabled = true;
    setText(this.#start.lastElementChild!, strings.soundCheck.starting);
    setText(this.#problem, '');
    try {
      const options = { ...microphoneOptions(this.#preferences.current), workletUrl: WORKLET_URL };
      const preview = await openMicrophonePreview(options);
      if (this.#ended) preview.close();
      else this.#showOpen(preview);
    } catch (error) {
      if (!this.#ended) this.#showClosed(error);
    }
  }

  /** As the preferences have it now. */
  async #use(): Promise<void> {
    try {
      await this.#preview?.use(microphoneOptions(this.#preferences.current));
      setText(this.#problem, '');
    } catch (error) {
      setText(this.#problem, this.#describe(error));
    }
  }

  #close(): void {
    this.#microphone?.end();
    this.#microphone = undefined;
    this.#preview?.close();
    this.#preview = undefined;
  }

  #showClosed(problem?: unknown): void {
    this.#close();
    this.#start.disabled = false;
    setText(this.#start.lastElementChild!, strings.soundCheck.start);
    setText(this.#problem, problem === undefined ? '' : this.#describe(problem));
    const invitation = element('p', { class: 'hint' }, strings.soundCheck.invitation);
    this.#body.replaceChildren(invitation, this.#start);
  }

  #showOpen(preview: MicrophonePreview): void {
    this.#preview = preview;
    const { soundCheck } = strings;
    const meter = new LevelMeter(soundCheck.level);
    const verdict = element('p', { class: 'hint', role: 'status' }, soundCheck.quiet);
    let voices = 0;
    preview.on('level', ({ levelDbov, active }) => {
      meter.show(levelDbov);
      voices += active ? 1 : 0;
      if (voices === ENOUGH_VOICE) setText(verdict, soundCheck.heard);
    });
    preview.on('lost', (error) => this.#showClosed(error));
    const monitor = switchField({
      label: soundCheck.hearYourself,
      hint: soundCheck.hearYourselfHint,
      on: false,
      onChange: (on) => {
        preview.setMonitored(on);
        void preview.resume();
      },
    });
    this.#microphone = microphoneFields(this.#preferences);
    const level = element('div', { class: 'level' }, meter.node, verdict);
    const hadFocus = this.#body.contains(document.activeElement);
    this.#body.replaceChildren(level, monitor, this.#microphone.node);
    // Names of devices are told from now on.
    this.#loudspeaker.refresh();
    if (hadFocus) monitor.querySelector('input')!.focus();
  }
}
