import type { CallSession } from './call-session.ts';
import type { CallState, Person } from './call-state.ts';
import type { IconName } from './icons.ts';
import type { PreferenceStore } from './preference-store.ts';
import type { BannerMessage } from './views/banner.ts';

/** What a feature of the call gets to work with. */
export interface CallContext {
  session: CallSession;
  preferences: PreferenceStore;
  /** Says aloud, to those who do not see the page, what only eyes would notice. */
  announce(text: string): void;
  /** Shows a message across the top of the page. */
  notify(message: BannerMessage): void;
  /** Shows what went wrong, in words that say what to do: see `describeProblem`. */
  showProblem(error: unknown): void;
  /** Opens a tab of the side panel, by its id. */
  openTab(id: string): void;
}

/** A tab of the side panel, with its button in the header. */
export interface PanelTab {
  /** For the preference that remembers which was open. */
  id: string;
  label: string;
  icon: IconName;
  node: HTMLElement;
  /** How many things in it nobody has seen; none unless given. */
  unread?(): number;
  update?(state: CallState): void;
  /** It came into sight, or went out of it. */
  shown?(visible: boolean): void;
}

/** A section of the settings dialog, built each time the dialog opens. */
export interface SettingsSection {
  heading: string;
  node: HTMLElement;
  /** The dialog has closed. */
  end?(): void;
}

/**
 * Something that a call offers beside talking. It is made once a call and keeps its state itself: the views that it gives are
 * thrown away and asked for again when the language changes. Add the function that makes it to `features.ts`.
 */
export interface CallFeature {
  tabs?(): PanelTab[];
  /** Goes into the menu of a person, below volume and mute: asked each time the menu opens, never for oneself. */
  personActions?(person: Person, close: () => void): HTMLElement[];
  settings?(): SettingsSection[];
  /** Some 15 times a second. */
  update?(state: CallState): void;
  /** The call is over. */
  end?(): void;
}

export type MakeCallFeature = (context: CallContext) => CallFeature;
