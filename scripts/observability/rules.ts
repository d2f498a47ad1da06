import { parse } from 'yaml';

/** A recording rule or an alert. */
export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  groups?: { rules?: (Partial<Rule> & { expr: string | number })[]; labels?: Record<string, string> }[];
}

/**
 * The rules of a file for Prometheus; none of a file of another kind.
 * @throws Error when it is no YAML
 */
export const rulesOf = (yaml: string): Rule[] => {
  const { groups = [] } = (parse(yaml) ?? {}) as RuleFile;
  return groups.flatMap(({ rules = [], labels: shared = {} }) =>
    rules.map(({ record, alert, expr, labels = {}, annotations = {} }) => ({
      ...(record !== undefined && { record }),
      ...(alert !== undefined && { alert }),
      expr: String(expr),
      labels: { ...shared, ...labels },
      annotations,
    })),
  );
};
