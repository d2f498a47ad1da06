import { SdkPage } from '../../browser/sdk-page.ts';
import { until } from '../../support/wait.ts';
import type { Stage } from './stage.ts';

/** Where the sound of a page goes to: of its audio context, and of the audio elements that play. */
const sinks = (page: SdkPage): Promise<{ context: string; elements: string[] }> =>
  page.page.evaluate(() => ({
    context: String((window.call!.output.context as { sinkId?: unknown }).sinkId ?? ''),
    elements: window.unplugging.elements.filter(({ paused }) => !paused).map(({ sinkId }) => sinkId),
  }));

const told = (page: SdkPage, text: string): Promise<void> =>
  until(`"${text}" is told`, () => page.page.evaluate((text) => window.unplugging.told.includes(text), text));

const use = (page: SdkPage, id: string): Promise<string> =>
  page.page.evaluate(
    (id) =>
      window.call!.useLoudspeaker(id).then(
        () => window.call!.loudspeakerId,
        (error) => String(error.code),
      ),
    id,
  );

/** Each browser context has ids of its own. */
const loudspeakersOf = ({ page }: SdkPage): Promise<string[]> =>
  page.evaluate(async () => {
    const { canChooseLoudspeaker, listDevices } = window.partylineSdk;
    const { loudspeakers } = await listDevices();
    return canChooseLoudspeaker() ? loudspeakers.map(({ deviceId }) => deviceId) : [];
  });

/** Chosen, pulled out, back again, by the audio context. */
const byContext = async (stage: Stage): Promise<void> => {
  const { checks } = stage;
  const page = await SdkPage.open(stage.browser, stage.url);
  const ids = await loudspeakersOf(page);
  checks.expect(ids.length === 2, `${ids.length} loudspeakers are listed`);
  await stage.join('loudspeakers', 'ada', { page, call: { loudspeakerId: ids[0]! } });
  checks.expect((await sinks(page)).context === ids[0], 'a call does not begin on the chosen loudspeaker');
  await use(page, ids[1]!);
  checks.expect((await sinks(page)).context === ids[1], 'another loudspeaker was chosen and is not in use');
  checks.expect(
    (await use(page, 'nonsense')) === 'loudspeaker_unavailable',
    'a nonsensical loudspeaker is taken',
  );
  checks.expect((await sinks(page)).context === ids[1], 'a refused loudspeaker changes the one in use');
  await page.page.evaluate((id) => window.unplugging.pull(id), ids[1]!);
  await told(page, 'loudspeakerChanged lost');
  checks.expect((await sinks(page)).context === '', 'the default loudspeaker does not stand in');
  await page.page.evaluate((id) => {
    window.unplugging.told.length = 0;
    window.unplugging.plugIn(id);
  }, ids[1]!);
  await told(page, 'loudspeakerChanged chosen');
  checks.expect((await sinks(page)).context === ids[1], 'the chosen loudspeaker is not taken again');
  await page.close();
};

/** Browsers whose audio contexts cannot choose, and those where nothing can: the abilities are taken from Chromium. */
const byElement = async (stage: Stage): Promise<void> => {
  const { checks } = stage;
  const page = await stage.join('loudspeakers', 'ada');
  const ids = await loudspeakersOf(page);
  // The page's class is one of the stage's, which is derived from the browser's own.
  await page.page.evaluate(() =>
    Reflect.deleteProperty(Object.getPrototypeOf(AudioContext.prototype) as object, 'setSinkId'),
  );
  checks.expect((await use(page, ids[1]!)) === ids[1], 'an element does not choose the loudspeaker');
  const there = await sinks(page);
  checks.expect(there.elements.join() === ids[1], `elements play on ${JSON.stringify(there.elements)}`);
  checks.expect((await use(page, 'nonsense')) === 'loudspeaker_unavailable', 'an element plays on nonsense');
  checks.expect((await use(page, '')) === '', 'the default is not taken again');
  checks.expect((await sinks(page)).elements.length === 0, 'an element plays on beside the default');
  const without = await page.page.evaluate(() => {
    Reflect.deleteProperty(HTMLMediaElement.prototype, 'setSinkId');
    return window.partylineSdk.canChooseLoudspeaker();
  });
  checks.expect(!without, 'a browser that cannot choose says that it can');
  checks.expect(
    (await use(page, ids[1]!)) === 'unsupported_browser',
    'where nobody can choose it is not told',
  );
  await page.close();
};

export const changeLoudspeakers = async (stage: Stage): Promise<void> => {
  await byContext(stage);
  await byElement(stage);
};
