import type { Config, ConfigField, ConfigFields, ConfigIssue } from './config.ts';

/**
 * Settings as lines of `VARIABLE=value`, for the log at start. Secrets appear as `(set)`, and a password
 * inside a URL is masked even where the field was not marked secret.
 */
export function describeConfig<F extends ConfigFields>(fields: F, value: Config<F>): string {
  const lines = Object.entries(fields).map(([key, field]) => {
    const setting = value[key as keyof F];
    if (setting === undefined) return `${field.env} (not set)`;
    return `${field.env}=${field.secret ? '(set)' : maskUserInfo(settingText(setting))}`;
  });
  return lines.join('\n');
}

/** Everything that is wrong with an environment, as text for people. */
export function formatConfigIssues(issues: readonly ConfigIssue[]): string {
  const head = issues.length === 1 ? 'One setting is wrong:' : `${issues.length} settings are wrong:`;
  return [head, ...issues.map((issue) => `  ${issue.env} ${issue.message}`)].join('\n');
}

/** A Markdown table of the settings, for docs/configuration.md. */
export function configTable(fields: ConfigFields): string {
  const rows = Object.values(fields).map((field) => {
    const description = field.secret ? `${field.description} Secret: never printed.` : field.description;
    return [`\`${field.env}\``, defaultText(field), field.unit ?? '', description];
  });
  const lines = [['Variable', 'Default', 'Unit', 'What it does'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.map(markdownCell).join(' | ')} |`).join('\n');
}

function defaultText(field: ConfigField): string {
  if (field.default === undefined) return field.optional ? 'not set' : 'required';
  return field.default === '' ? 'empty' : `\`${field.default}\``;
}

function markdownCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function settingText(setting: unknown): string {
  if (Array.isArray(setting)) return setting.map(settingText).join(',');
  return typeof setting === 'object' ? JSON.stringify(setting) : String(setting);
}

function maskUserInfo(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1***@');
}
