export { type PanelQuery, type QueryValues, queriesOf } from './queries.ts';
export { type RenderOptions, renderDashboards } from './render.ts';
