import type { DashboardSource } from '../dashboard.ts';
import { edgeVariable } from '../variables.ts';
import { parts } from './overview-parts.ts';
import { people } from './overview-people.ts';
import { voice } from './overview-voice.ts';

/** Is voice good right now? */
export const overview: DashboardSource = {
  name: 'overview',
  title: 'Overview',
  description: 'Is voice good right now, where is it late or lost, who is here, and is everything up.',
  variables: [edgeVariable()],
  rows: [...voice, people, parts],
};
