import type { Locator, Page } from 'playwright-core';

/** How a person operates controls: with a mouse, or with nothing but a keyboard. Both type their text. */
export interface Hand {
  readonly kind: 'mouse' | 'keyboard';
  /** Presses a button, follows a link, turns a switch. */
  press(target: Locator, key?: 'Enter' | 'Space'): Promise<void>;
  /** Chooses one of the radio buttons of a group, or one of the tabs of a list. */
  choose(target: Locator): Promise<void>;
  /** Chooses from a list that drops down, by value. */
  pick(target: Locator, value: string): Promise<void>;
  /** Replaces what is in a field. */
  write(target: Locator, text: string): Promise<void>;
  /** Moves a slider to its lower or upper end. */
  slide(target: Locator, to: 'lowest' | 'highest'): Promise<void>;
  /** Holds a button down; the function that is returned lets go. */
  hold(target: Locator): Promise<() => Promise<void>>;
  /** Scrolls to the top of something that scrolls. */
  scrollUp(target: Locator): Promise<void>;
}

/** Clicks where a person would: Playwright refuses to click what is out of sight, moving, or covered by something else. */
export const mouseOf = (page: Page): Hand => ({
  kind: 'mouse',
  press: (target) => target.click(),
  choose: async (target) => {
    // The label is what is seen of a radio button.
    const id = await target.getAttribute('id');
    const label = page.locator(`label[for="${id}"]`);
    await ((await label.count()) > 0 ? label : target).click();
  },
  pick: async (target, value) => {
    // The list itself is drawn by the browser, outside of the page.
    await target.selectOption(value);
  },
  write: async (target, text) => {
    await target.click({ clickCount: 3 });
    await page.keyboard.press('Delete');
    await page.keyboard.type(text);
  },
  slide: async (target, to) => {
    const { x, y, width, height } = (await target.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(to === 'lowest' ? x + 1 : x + width - 1, y + height / 2, { steps: 5 });
    await page.mouse.up();
  },
  hold: async (target) => {
    await target.hover();
    await page.mouse.down();
    return () => page.mouse.up();
  },
  scrollUp: async (target) => {
    await target.hover();
    await page.mouse.wheel(0, -10_000);
  },
});
