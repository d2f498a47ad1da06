/** `system`: as the system has it, also when that changes. */
export type ThemeChoice = 'system' | 'light' | 'dark';

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
    this.#root.dataset.theme = dark ? 'dark' : 'light';
  }
}
