import { type ConfigField, type ConfigFields, configTable } from '@partyline/runtime';

/** A service and the settings it declares. */
export interface ServiceConfiguration {
  name: string;
  description: string;
  configFields: ConfigFields;
}

const introduction = `# Configuration

Every setting is an environment variable. A variable set to nothing counts as not set. At start a service reports
everything that is wrong with its settings at once, unknown variables that begin with \`PARTYLINE_\` included,
and exits with code 78.

This page is generated from the code by \`npm run docs\`; \`npm test\` fails when the two differ.
`;

/**
 * The text of docs/configuration.md. Settings that several services declare alike are shown once.
 * @throws Error when two services declare one variable differently, as no environment could then serve both
 */
export function configurationPage(services: readonly ServiceConfiguration[]): string {
  const owners = ownersByVariable(services);
  const shared: Record<string, ConfigField> = {};
  const sections = services.map(({ name, description, configFields }) => {
    const own: Record<string, ConfigField> = {};
    for (const field of Object.values(configFields)) {
      const isShared = (owners.get(field.env) ?? []).length > 1;
      (isShared ? shared : own)[field.env] = field;
    }
    return section(name, description, own);
  });
  const readBy = Object.keys(shared).map((env) => `\`${env}\` (${owners.get(env)?.join(', ')})`);
  const common =
    readBy.length === 0 ? '' : section('Shared', `Read by several services: ${readBy.join(', ')}.`, shared);
  return [introduction, common, ...sections].filter((part) => part !== '').join('\n');
}

function section(title: string, description: string, fields: ConfigFields): string {
  if (Object.keys(fields).length === 0) return '';
  return `## ${title}\n\n${description}\n\n${configTable(fields)}\n`;
}

function ownersByVariable(services: readonly ServiceConfiguration[]): Map<string, string[]> {
  const rows = new Map<string, string>();
  const owners = new Map<string, string[]>();
  for (const { name, configFields } of services) {
    for (const field of Object.values(configFields)) {
      const row = configTable({ field });
      if ((rows.get(field.env) ?? row) !== row) {
        throw new Error(`${field.env} means different things to ${owners.get(field.env)?.[0]} and ${name}.`);
      }
      rows.set(field.env, row);
      owners.set(field.env, [...(owners.get(field.env) ?? []), name]);
    }
  }
  return owners;
}
