import type { SettingsSection } from '../call-feature.ts';
import { type CodecTeller, codecField } from '../codec/codec-field.ts';
import { element, setText } from '../element.ts';
import type { LanguageChoice } from '../language.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { languages, nameOfLanguage, strings } from '../strings.ts';
import type { ThemeChoice } from '../theme.ts';
import { segmentsField, selectField, switchField } from './fields.ts';
import { type OpenDialog, openDialog } from './modal-dialog.ts';
import { loudspeakerFields, microphoneFields } from './sound-fields.ts';
import { talkKeyField } from './talk-key-field.ts';

export interface OpenSettings extends OpenDialog {
  /** Says in the dialog what went wrong, as what is behind it cannot be seen. */
  complain(text: string): void;
}

export interface SettingsOptions {
  preferences: PreferenceStore;
  /** The call under way. */
  call: CodecTeller | undefined;
  /** Of the features of the call under way. */
  more: readonly SettingsSection[];
  /** Puts the focus there: for a dialog that was opened anew in another language. */
  focus?: 'language';
  onClose(): void;
}

/** Everything that can be set, before a call and during one; each change counts at once. */
export function openSettings({ preferences, call, more, focus, onClose }: SettingsOptions): OpenSettings {
  const { settings, sound } = strings;
  const problem = element('p', { class: 'field-error', role: 'alert' });
  const soundSections = [
    microphoneFields(preferences),
    codecField(preferences, call),
    loudspeakerFields(preferences),
  ];
  const language = languageField(preferences);
  const dialog = openDialog({
    heading: settings.heading,
    className: 'settings',
    content: [
      problem,
      section(sound.heading, ...soundSections.map(({ node }) => node)),
      section(settings.talking, talkKeyField(preferences)),
      section(
        settings.sounds,
        switchField({
          label: settings.eventSounds,
          hint: settings.eventSoundsHint,
          on: preferences.current.sounds,
          onChange: (sounds) => preferences.change({ sounds }),
        }),
      ),
      ...more.map(({ heading, node }) => section(heading, node)),
      section(settings.appearance, themeField(preferences), language.node),
    ],
    onClose: () => {
      for (const part of [...soundSections, ...more]) part.end?.();
      onClose();
    },
  });
  if (focus === 'language') language.select.focus();
  return { ...dialog, complain: (text) => setText(problem, text) };
}

function section(heading: string, ...content: readonly Node[]): HTMLElement {
  return element('section', { class: 'settings-section' }, element('h3', {}, heading), ...content);
}

function themeField(preferences: PreferenceStore): HTMLElement {
  const { theme, themes } = strings.settings;
  return segmentsField<ThemeChoice>({
    legend: theme,
    choices: (['system', 'light', 'dark'] as const).map((value) => ({ value, label: themes[value] })),
    chosen: preferences.current.theme,
    onChange: (chosen) => preferences.change({ theme: chosen }),
  });
}

function languageField(preferences: PreferenceStore): ReturnType<typeof selectField> {
  const { settings } = strings;
  const field = selectField({
    label: settings.language,
    onChange: (language) => preferences.change({ language: language as LanguageChoice }),
  });
  const choices = languages.map((value) => ({ value, label: nameOfLanguage(value) }));
  field.show([{ value: 'auto', label: settings.browserLanguage }, ...choices], preferences.current.language);
  return field;
}
