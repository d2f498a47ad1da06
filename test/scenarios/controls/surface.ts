import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.5.8, in CSS pixels. */
const LEAST_TARGET_PX = 24;

/**
 * What is wrong with what a page shows at the moment: every finding of axe, a window that scrolls sideways, controls that are too
 * small for a finger or reach out of the window, and text that is cut off without a way to read the rest.
 */
export const faultsOf = async (page: Page): Promise<string[]> => [
  ...(await findingsOfAxe(page)),
  ...(await page.evaluate(measure, LEAST_TARGET_PX)),
];

const findingsOfAxe = async (page: Page): Promise<string[]> => {
  // The page's content security policy allows no script from elsewhere; the debugger may run one.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
      rules: { 'target-size': { enabled: true } },
    }),
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `axe ${id}: ${help}: ${html.slice(0, 120)} ${any[0]?.message ?? ''}`),
  );
};

/** Runs in the page. */
function measure(leastTargetPx: number): string[] {
  const faults: string[] = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) faults.push(`it is ${scrollWidth} px wide in a window of ${innerWidth}`);
  const scope: ParentNode = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  const nameOf = (element: Element): string => element.outerHTML.replace(/\s+/g, ' ').slice(0, 100);
  const isSeen = (element: Element): boolean =>
    element.checkVisibility({ visibilityProperty: true }) && element.closest('.visually-hidden') === null;

  for (const control of scope.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (!isSeen(control)) continue;
    // Of a radio button the label is what is touched; an address within a text is as high as its line.
    const label = control.nextElementSibling;
    // The whole tile of a person is its button.
    const touched =
      control.matches('[type=radio]') && label?.matches('label')
        ? label
        : (control.matches('.person-button') && control.closest('.person')) || control;
    const { width, height, left, right } = touched.getBoundingClientRect();
    if (!control.matches('.chat-text a') && Math.min(width, height) < leastTargetPx) {
      faults.push(`${nameOf(control)} is ${width.toFixed(0)} × ${height.toFixed(0)} px`);
    }
    if (left < -1 || right > innerWidth + 1) {
      faults.push(`${nameOf(control)} reaches from ${left.toFixed(0)} to ${right.toFixed(0)} px`);
    }
  }

  const paint = document.createElement('canvas').getContext('2d')!;
  for (const element of scope.querySelectorAll<HTMLElement>('*')) {
    if (!isSeen(element) || element.closest('svg, [aria-hidden=true]') !== null) continue;
    if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
      // The browser cuts what does not fit into a field.
      const style = getComputedStyle(element);
      paint.font = style.font;
      const chosen =
        element instanceof HTMLSelectElement ? element.selectedOptions[0]?.text : element.placeholder;
      const room =
        element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      const width = paint.measureText(chosen ?? '').width;
      if (width > room + 1) faults.push(`"${chosen}" takes ${width.toFixed(0)} px of ${room.toFixed(0)}`);
      continue;
    }
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    const style = getComputedStyle(element);
    const cuts = style.overflowX !== 'visible' && style.overflowX !== 'auto';
    if (cuts && element.scrollWidth > element.clientWidth + 1 && element.closest('[title]') === null) {
      faults.push(`${nameOf(element)} is cut off: ${element.scrollWidth} px in ${element.clientWidth}`);
    }
    // What stands out of its own box lies over something else or out of sight.
    if (!cuts && hasText && style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1) {
      faults.push(
        `${nameOf(element)} stands out of its box: ${element.scrollWidth} px in ${element.clientWidth}`,
      );
    }
  }
  return faults;
}
