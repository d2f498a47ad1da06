import type { Call } from '@partyline/client/browser';
import { element, setText } from '../element.ts';
import type { PreferenceStore } from '../preference-store.ts';
import { strings } from '../strings.ts';
import { nextId, selectField } from '../views/fields.ts';
import {
  askForCodecs,
  availableCodecs,
  type ChosenCodec,
  CODECS,
  codecLabel,
  usableCodec,
} from './codec-choice.ts';

/** The part of a call that tells what is sent. */
export type CodecTeller = Pick<Call, 'codec' | 'wantedCodec' | 'on'>;

export interface CodecField {
  readonly node: HTMLElement;
  end(): void;
}

/** What the voice is sent as, with how that sounds; in a call also what is sent instead, where it is something else. */
export function codecField(preferences: PreferenceStore, call: CodecTeller | undefined): CodecField {
  const { codec } = strings;
  const field = selectField({
    label: codec.label,
    onChange: (value) => {
      preferences.change({ codec: value as ChosenCodec });
    },
  });
  const hint = element('p', { class: 'hint', id: nextId('codec-hint') });
  const instead = element('p', { class: 'codec-instead', role: 'status' });
  field.select.setAttribute('aria-describedby', hint.id);
  field.node.append(hint, instead);
  let ended = false;
  const describe = (): void => {
    const { band } = CODECS[usableCodec(preferences.current.codec)];
    setText(hint, codec.hint(codec.bands[band]));
  };
  const show = (): void => {
    if (ended) return;
    const choices = availableCodecs().map((value) => ({
      value,
      label: codec.choice(codec.names[value], CODECS[value].kilobits),
    }));
    field.show(choices, usableCodec(preferences.current.codec));
    describe();
  };
  const tell = (): void => {
    if (call === undefined) return;
    const { codec: sent, wantedCodec: wanted } = call;
    setText(instead, sent === wanted ? '' : codec.instead(codecLabel(wanted), codecLabel(sent)));
  };
  show();
  tell();
  void askForCodecs().then(show);
  const stops = [
    call?.on('codec', tell),
    preferences.onChange(() => {
      // Set back where it could not be had.
      const chosen = usableCodec(preferences.current.codec);
      if (field.select.value !== chosen) field.select.value = chosen;
      describe();
    }),
  ];
  return {
    node: field.node,
    end: () => {
      ended = true;
      for (const stop of stops) stop?.();
    },
  };
}
