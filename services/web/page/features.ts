import type { CallFeature, MakeCallFeature } from './call-feature.ts';
import { strings } from './strings.ts';
import { NumbersPanel } from './views/numbers-panel.ts';

const stats: MakeCallFeature = (): CallFeature => ({
  tabs: () => {
    const panel = new NumbersPanel();
    return [
      {
        id: 'stats',
        label: strings.numbers.heading,
        icon: 'chart',
        node: panel.node,
        update: (state) => panel.update(state),
      },
    ];
  },
});

/** What calls offer beside talking, in the order of the side panel's tabs. */
export const features: readonly MakeCallFeature[] = [stats];
