/** What is drawn of a panel of a dashboard's JSON. */
export interface PanelJson {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: TargetJson[];
  fieldConfig?: {
    defaults: {
      unit?: string;
      min?: number;
      decimals?: number;
      noValue?: string;
      thresholds?: { steps: { value: number | null; color: string }[] };
      custom?: { stacking?: { mode?: string }; axisSoftMax?: number };
    };
    overrides: OverrideJson[];
  };
  options?: { color?: { fill?: string } };
}

export interface TargetJson {
  expr: string;
  legendFormat?: string;
  instant?: boolean;
}

interface OverrideJson {
  matcher: { options?: unknown };
  properties: { id: string; value?: unknown }[];
}

/** A heading and what is below it. */
export interface RowJson {
  title: string;
  /** The variable that it is repeated for. */
  repeat?: string;
  isClosed: boolean;
  panels: PanelJson[];
}

interface DashboardJson {
  title: string;
  panels: (PanelJson & { collapsed?: boolean; repeat?: string; panels?: PanelJson[] })[];
}

/** A dashboard's title and rows. */
export const readDashboard = (json: string): { title: string; rows: RowJson[] } => {
  const { title, panels } = JSON.parse(json) as DashboardJson;
  const rows: RowJson[] = [];
  for (const panel of panels) {
    if (panel.type === 'row') {
      const { collapsed = false, repeat } = panel;
      rows.push({
        title: panel.title,
        isClosed: collapsed,
        panels: panel.panels ?? [],
        ...(repeat === undefined ? {} : { repeat }),
      });
    } else rows.at(-1)!.panels.push(panel);
  }
  return { title, rows };
};

/** The colour that a panel gives a line of this name, if it gives it one. */
export const colourOverride = (panel: PanelJson, name: string): string | undefined =>
  (override(panel, name, 'color') as { fixedColor?: string } | undefined)?.fixedColor;

/** Whether a line of this name stands by itself beside stacked ones. */
export const isApart = (panel: PanelJson, name: string): boolean =>
  (override(panel, name, 'custom.stacking') as { mode?: string } | undefined)?.mode === 'none';

const override = ({ fieldConfig }: PanelJson, name: string, id: string): unknown =>
  fieldConfig?.overrides
    .find(({ matcher }) => matcher.options === name)
    ?.properties.find((property) => property.id === id)?.value;

/** The colour of a value by a panel's thresholds. */
export const thresholdColour = ({ fieldConfig }: PanelJson, value: number): string => {
  const steps = fieldConfig?.defaults.thresholds?.steps ?? [];
  return steps.findLast((step) => step.value === null || value >= step.value)?.color ?? '#888888';
};
