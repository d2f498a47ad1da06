/** `system`: as the system has it, also when that changes. */
export type ThemeChoice = 'system' | 'light' | 'dark';

/** What browsers on phones paint around the page: the ground of `style/theme.css`. */
const GROUND = { light: '#f3f5f9', dark: '#101318' };

/** Marks the document as light or dark, which is all that the styles look at, and follows the system. */
export class Theme {
  readonly #root: HTMLElement;
  readonly #system = matchMedia('(prefers-color-scheme: dark)');
  #choice: ThemeChoice = 'system';

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#system.addEventListener('change', () => this.#apply());
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    this.#apply();
  }

  #apply(): void {
    const dark = this.#choice === 'system' ? this.#system.matches : this.#choice === 'dark';
    const theme = dark ? 'dark' : 'light';
    this.#root.dataset.theme = theme;
    for (const meta of this.#root.querySelectorAll('meta[name=theme-color]')) {
      meta.setAttribute('content', GROUND[theme]);
    }
  }
}
