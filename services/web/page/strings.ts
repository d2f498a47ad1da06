import { en, type Strings } from './strings/en.ts';
import { zhCN } from './strings/zh-CN.ts';

const tables = { en, 'zh-CN': zhCN } satisfies Record<string, Strings>;

export type Language = keyof typeof tables;

/** BCP 47 tags of everything that is spoken. */
export const languages = Object.keys(tables) as Language[];

/** How a language calls itself. */
export const nameOfLanguage = (language: Language): string => tables[language].language;

/**
 * Everything the page says, in the language of the moment. Read it when something is shown and keep no part of it:
 * the views are built anew when the language changes.
 */
export let strings: Strings = en;

export function speak(language: Language): void {
  strings = tables[language];
}
