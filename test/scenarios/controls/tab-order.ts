import type { FocusStop } from './ledger.ts';
import type { Visit } from './visit.ts';

/** More than any view has. */
const MOST_STOPS = 90;

/**
 * Goes through a view by Tab and back by Shift and Tab: every control is come by, eyes can tell each time where the focus is,
 * nothing holds it fast, and back leads the same way. What follows a modal dialog is the browser's own window.
 */
export const walk = async (visit: Visit, view: string): Promise<void> => {
  if (visit.hand.kind === 'mouse') return;
  const { page } = visit;
  const stop = (): Promise<FocusStop | undefined> => page.evaluate(() => window.controlsLedger.stop());
  /** From where the focus is, once round. */
  const round = async (key: string): Promise<FocusStop[]> => {
    const stops: FocusStop[] = [];
    for (let presses = 0; presses < MOST_STOPS; presses += 1) {
      await page.keyboard.press(key);
      const here = await stop();
      if (here === undefined) continue;
      if (here.id === stops[0]?.id) return stops;
      stops.push(here);
    }
    return stops;
  };
  const forward = await round('Tab');
  visit.expect(forward.length < MOST_STOPS, `${view}: Tab goes on for ever`);
  const reached = new Set(forward.map(({ id }) => id));
  for (const { id, control } of await page.evaluate(() => window.controlsLedger.controls())) {
    visit.expect(reached.has(id), `${view}: Tab does not lead to ${control}`);
  }
  for (const { control, shown, coveredBy } of forward) {
    visit.expect(shown, `${view}: eyes cannot tell that the focus is on ${control}`);
    visit.expect(coveredBy === undefined, `${view}: with the focus, ${control} is covered by ${coveredBy}`);
  }
  // The round ended on its first stop; from there back, once round, ends there again.
  const back = (await round('Shift+Tab')).map(({ control }) => control);
  const expected = forward.map(({ control }) => control).reverse();
  const rotated = [...expected.slice(expected.indexOf(back[0] ?? '')), ...expected].slice(0, expected.length);
  visit.expect(
    back.length === expected.length && back.every((control, at) => sameStop(control, rotated[at]!)),
    `${view}: back does not lead the way one came: ${back.join(', ')} instead of ${rotated.join(', ')}`,
  );
};

/** Of radio buttons it depends on the direction which one gets the focus while none is chosen. */
const sameStop = (one: string, other: string): boolean =>
  one === other || (one.includes(': radio ') && other.includes(': radio '));
