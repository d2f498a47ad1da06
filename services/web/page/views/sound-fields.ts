import {
  type AudioDevice,
  canChooseLoudspeaker,
  listDevices,
  onDevicesChanged,
} from '@partyline/client/browser';
import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { strings } from '../strings.ts';
import { playTestTone } from '../test-tone.ts';
import { type Choice, selectField, switchField } from './fields.ts';

/** Controls that follow what is plugged in until `end()`. */
export interface SoundFields {
  readonly node: HTMLElement;
  /** Asks for the devices anew, as their names are known only once a microphone was allowed. */
  refresh(): void;
  end(): void;
}

/** Which microphone, and what the browser does to its sound. Changes go into the preferences. */
export function microphoneFields(preferences: PreferenceStore): SoundFields {
  const { sound } = strings;
  const field = selectField({
    label: sound.microphone,
    onChange: (microphoneId) => preferences.change({ microphoneId }),
  });
  const processing = (['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const).map((name) =>
    switchField({
      label: sound[name],
      hint: sound[`${name}Hint`],
      on: preferences.current[name],
      onChange: (on) => preferences.change({ [name]: on }),
    }),
  );
  const node = element('div', { class: 'fields' }, field.node, ...processing);
  return followed(node, ({ microphones }) => {
    field.show(choicesOf(microphones, preferences.current.microphoneId), preferences.current.microphoneId);
  });
}

/** Which loudspeaker, and a tone to find out whether it is the right one. */
export function loudspeakerFields(preferences: PreferenceStore): SoundFields {
  const { sound } = strings;
  const field = selectField({
    label: sound.loudspeaker,
    onChange: (loudspeakerId) => preferences.change({ loudspeakerId }),
  });
  const problem = element('p', { class: 'field-error', role: 'alert' });
  const tone = element(
    'button',
    { type: 'button', class: 'button' },
    icon('speaker'),
    element('span', {}, sound.testTone),
  );
  tone.addEventListener('click', async () => {
    tone.disabled = true;
    const failed = await playTestTone(preferences.current.loudspeakerId).then(
      () => false,
      () => true,
    );
    setText(problem, failed ? sound.testToneFailed : '');
    tone.disabled = false;
  });
  const chosen = canChooseLoudspeaker() ? field.node : element('p', { class: 'hint' }, sound.chosenByBrowser);
  const node = element(
    'div',
    { class: 'fields' },
    element('div', { class: 'loudspeaker' }, chosen, tone),
    problem,
  );
  return followed(node, ({ loudspeakers }) => {
    field.show(choicesOf(loudspeakers, preferences.current.loudspeakerId), preferences.current.loudspeakerId);
  });
}

function choicesOf(devices: readonly AudioDevice[], chosen: string): Choice[] {
  const { sound } = strings;
  const choices = [{ value: '', label: sound.systemDefault }];
  // Without an id, which browsers keep to themselves until a microphone was allowed, there is nothing to choose.
  for (const [index, { deviceId, name }] of devices.entries()) {
    if (deviceId !== '') choices.push({ value: deviceId, label: name || sound.unnamed(index + 1) });
  }
  // Chosen earlier and unplugged since: it is used again as soon as it is back.
  if (!choices.some(({ value }) => value === chosen)) choices.push({ value: chosen, label: sound.absent });
  return choices;
}

type Devices = Awaited<ReturnType<typeof listDevices>>;

function followed(node: HTMLElement, show: (devices: Devices) => void): SoundFields {
  let ended = false;
  const refresh = (): void => {
    void listDevices().then((devices) => {
      if (!ended) show(devices);
    });
  };
  show({ microphones: [], loudspeakers: [] });
  refresh();
  const ignore = onDevicesChanged(refresh);
  return {
    node,
    refresh,
    end: () => {
      ended = true;
      ignore();
    },
  };
}
