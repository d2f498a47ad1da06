import { type Language, languages } from './strings.ts';

/** A language, or the one that the browser asks for. */
export type LanguageChoice = Language | 'auto';

/**
 * The language to speak. Any Chinese is better served by Simplified Chinese than by English.
 * @param offered what the browser asks for, most wanted first: BCP 47 tags
 */
export function chooseLanguage(choice: LanguageChoice, offered: readonly string[]): Language {
  if (choice !== 'auto') return choice;
  for (const tag of offered) {
    const base = tag.toLowerCase().split('-')[0];
    const spoken = languages.find((language) => language.toLowerCase().split('-')[0] === base);
    if (spoken !== undefined) return spoken;
  }
  return 'en';
}
