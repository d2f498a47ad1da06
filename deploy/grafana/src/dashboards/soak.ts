import type { DashboardSource } from '../dashboard.ts';
import { edgeVariable } from '../variables.ts';
import { growth } from './soak-growth.ts';
import { k6, offered, quality } from './soak-load.ts';

/** Does anything grow, slow down or get lost over hours? */
export const soak: DashboardSource = {
  name: 'soak',
  title: 'Soak test',
  description:
    'Over hours of a constant load: does anything grow, slow down or get lost? Set the range to the time of the test.',
  variables: [edgeVariable()],
  range: '6h',
  rows: [offered, quality, growth, k6],
};
