import { defineConfig, fieldSchemas } from '@partyline/runtime';
import { describe, expect, it } from 'vitest';
import { configurationPage } from './configuration-docs/page.ts';

const port = { schema: fieldSchemas.port(), default: '7880', description: 'Port to listen on.' };
const edge = {
  name: 'edge',
  description: 'Forwards frames.',
  configFields: defineConfig({ port: { ...port, env: 'PARTYLINE_EDGE_PORT' } }),
};
const level = {
  env: 'PARTYLINE_LOG_LEVEL',
  schema: fieldSchemas.text(),
  default: 'info',
  description: 'Log level.',
};

describe('configurationPage', () => {
  it('has a section with a table for each service', () => {
    const page = configurationPage([edge]);
    expect(page).toMatch(/^# Configuration\n/);
    expect(page).toContain('## edge\n\nForwards frames.\n\n| Variable |');
    expect(page).toContain('| `PARTYLINE_EDGE_PORT` | `7880` |  | Port to listen on. |\n');
    expect(page).not.toContain('## Shared');
  });

  it('shows once what several services declare alike, and says who reads it', () => {
    const both = { ...edge, configFields: defineConfig({ ...edge.configFields, level }) };
    const page = configurationPage([
      both,
      { ...edge, name: 'directory', configFields: defineConfig({ level }) },
    ]);
    expect(page.split('| `PARTYLINE_LOG_LEVEL` |')).toHaveLength(2);
    expect(page).toContain('`PARTYLINE_LOG_LEVEL` (edge, directory)');
    expect(page).not.toContain('## directory');
  });

  it('refuses one variable with two meanings', () => {
    const other = defineConfig({ port: { ...port, env: 'PARTYLINE_EDGE_PORT', default: '80' } });
    expect(() => configurationPage([edge, { ...edge, name: 'directory', configFields: other }])).toThrow(
      'PARTYLINE_EDGE_PORT means different things to edge and directory',
    );
  });
});
