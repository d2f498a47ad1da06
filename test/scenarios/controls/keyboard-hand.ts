import type { Locator, Page } from 'playwright-core';
import type { Hand } from './hand.ts';

/** More controls than any view has: who has not come by one after so many steps does not come there. */
const MOST_STOPS = 90;
const MOST_CHOICES = 20;

/** Goes everywhere by Tab, as somebody does who has no mouse, and throws where that does not lead. */
export const keyboardOf = (page: Page): Hand => {
  const hasFocus = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => {
      const focused = document.activeElement;
      if (focused === element) return true;
      // Of radio buttons and of tabs one is a stop; arrows lead to the others.
      if (element.matches('[role=tab]')) return focused?.matches('[role=tab]') === true;
      return (
        element.matches('[type=radio]') &&
        focused?.matches('[type=radio]') === true &&
        focused.getAttribute('name') === element.getAttribute('name')
      );
    });
  const reach = async (target: Locator): Promise<void> => {
    await target.waitFor({ state: 'attached' });
    for (let stops = 0; stops < MOST_STOPS; stops += 1) {
      if (await hasFocus(target)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to ${target}`);
  };
  /** Presses a key until something holds. */
  const repeat = async (key: string, done: () => Promise<boolean>, what: string): Promise<void> => {
    for (let presses = 0; presses < MOST_CHOICES; presses += 1) {
      if (await done()) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} does not lead to ${what}`);
  };
  return {
    kind: 'keyboard',
    press: async (target, key = 'Enter') => {
      await reach(target);
      const isSwitch = await target.evaluate((element) => element.matches('[type=checkbox]'));
      await page.keyboard.press(isSwitch ? 'Space' : key);
    },
    choose: async (target) => {
      await reach(target);
      const chosen = (): Promise<boolean> => target.evaluate((element) => element === document.activeElement);
      await repeat('ArrowRight', chosen, `${target}`);
    },
    pick: async (target, value) => {
      await reach(target);
      const steps = await target.evaluate((element, value) => {
        const { options, selectedIndex } = element as HTMLSelectElement;
        return [...options].findIndex((option) => option.value === value) - selectedIndex;
      }, value);
      // Each step is a choice of its own, after which the list may be another one: not looked at in between.
      for (let step = 0; step < Math.abs(steps); step += 1) {
        await page.keyboard.press(steps > 0 ? 'ArrowDown' : 'ArrowUp');
      }
    },
    write: async (target, text) => {
      await reach(target);
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      await page.keyboard.type(text);
    },
    slide: async (target, to) => {
      await reach(target);
      await page.keyboard.press(to === 'lowest' ? 'Home' : 'End');
    },
    hold: async (target) => {
      await reach(target);
      await page.keyboard.down('Enter');
      return () => page.keyboard.up('Enter');
    },
    scrollUp: async (target) => {
      await reach(target);
      await page.keyboard.press('Home');
    },
  };
};
