/** Fields that every line has and that say nothing to somebody who watches a terminal. */
const quietFields = new Set(['level', 'time', 'name', 'msg']);

const prefixes: Readonly<Record<string, string>> = { warn: 'Warning: ', error: 'Error: ' };

/** Takes pino's JSON lines and writes them for people: the message first, then its fields. */
export function readableLines(output: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => void output.write(`${readableLine(line)}\n`) };
}

/** One of pino's lines as people read it; any other line as it is. */
export function readableLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return line.trimEnd();
  }
  const fields = Object.entries(entry)
    .filter(([key]) => !quietFields.has(key))
    .map(([key, value]) => `${key}=${fieldText(value)}`);
  const message = `${prefixes[String(entry.level)] ?? ''}${entry.msg ?? ''}`;
  return fields.length === 0 ? message : `${message}  (${fields.join(' ')})`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    return JSON.stringify(value.message);
  }
  return typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value);
}
