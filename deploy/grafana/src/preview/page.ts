import type { PanelJson } from './panel-json.ts';

/** Width of a page, in pixels; its 24 columns have a 24th each. */
const PAGE_WIDTH = 1_600;
const COLUMN_WIDTH = PAGE_WIDTH / 24;
/** As Grafana's. */
const ROW_HEIGHT = 38;
const GAP = 8;
const HEADING_HEIGHT = 26;

/** A panel and what was drawn in it. */
export interface DrawnPanel {
  panel: PanelJson;
  body: string;
}

/** A heading and what was drawn below it. */
export interface DrawnRow {
  title: string;
  panels: readonly DrawnPanel[];
}

/** The size of what is drawn in a panel, in pixels. */
export const bodySize = ({ gridPos }: PanelJson): [number, number] => [
  Math.floor(gridPos.w * COLUMN_WIDTH - GAP - 18),
  gridPos.h * ROW_HEIGHT - GAP - HEADING_HEIGHT - 12,
];

/** A dashboard as a page that needs nothing else. */
export const page = (title: string, subtitle: string, rows: readonly DrawnRow[]): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style>
<h1>${title} <small>${subtitle}</small></h1>
${rows.map(section).join('\n')}
</html>
`;

const section = ({ title, panels }: DrawnRow): string => {
  const top = Math.min(...panels.map(({ panel }) => panel.gridPos.y));
  const boxes = panels.map(({ panel, body }) => {
    const { x, y, w, h } = panel.gridPos;
    const place = `grid-column:${x + 1}/span ${w};grid-row:${y - top + 1}/span ${h}`;
    return `<article style="${place}" title="${escaped(panel.description ?? '')}"><h3>${escaped(panel.title)}</h3>${body}</article>`;
  });
  return `<h2>${escaped(title)}</h2><section>${boxes.join('')}</section>`;
};

/** Text that stands for itself in HTML. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const STYLE = `
body{width:${PAGE_WIDTH}px;margin:12px;background:#111217;color:#ccccdc;font:12px system-ui,sans-serif}
h1{font-size:20px;font-weight:500}h1 small{font-size:13px;color:#8e8e99}
h2{font-size:15px;font-weight:500;margin:14px 0 6px}
h3{margin:0 0 4px;font-size:13px;font-weight:500;height:18px;overflow:hidden}
section{display:grid;grid-template-columns:repeat(24,minmax(0,1fr));grid-auto-rows:${ROW_HEIGHT}px}
article{background:#181b1f;border:1px solid #26282e;border-radius:2px;margin:0 ${GAP}px ${GAP}px 0;padding:6px 8px;overflow:hidden}
svg{display:block}svg text{fill:#8e8e99;font-size:10px}
.grid{stroke:#26282e}.bound{stroke-dasharray:4 4}
polyline{fill:none;stroke-width:1.5}polygon{fill-opacity:.5}
.legend{height:28px;overflow:hidden;line-height:14px;font-size:11px}.legend span{margin-right:12px;white-space:nowrap}
.legend i{display:inline-block;width:10px;height:3px;margin:0 4px 3px 0}.legend b{font-weight:500;color:#fff}
.figures{display:flex;gap:10px;height:78%;align-items:center;justify-content:space-around;text-align:center}
.figures b{font-size:26px;font-weight:500}.figures small{display:block;color:#8e8e99;font-size:12px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #26282e;font-weight:400}th{color:#8e8e99}`;
