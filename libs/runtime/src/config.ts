import type { z } from 'zod';

/** One setting: an environment variable, how to read it, and what to tell people about it. */
export interface ConfigField {
  /** Name of the environment variable. */
  env: string;
  /** Reads the variable's text; see `fieldSchemas` for the usual ones. */
  schema: z.ZodType<unknown, string>;
  /** What the setting does, as one sentence for docs/configuration.md. */
  description: string;
  /** Text used when the variable is not set. Without it the variable is required, unless `optional`. */
  default?: string;
  /** Not set means `undefined`. */
  optional?: boolean;
  /** Never printed, neither in descriptions nor in errors. */
  secret?: boolean;
  /** Unit of the value, such as `ms` or `frames/s`. */
  unit?: string;
}

/** The settings of a program, by the names its code uses. */
export type ConfigFields = Readonly<Record<string, ConfigField>>;

/** The typed result of reading `F`. */
export type Config<F extends ConfigFields> = {
  readonly [K in keyof F]: F[K] extends { optional: true }
    ? z.output<F[K]['schema']> | undefined
    : z.output<F[K]['schema']>;
};

/** One thing wrong with the environment. */
export interface ConfigIssue {
  env: string;
  /** What is wrong and what is wanted; never holds a secret value. */
  message: string;
}

/** Either every setting, or everything that is wrong. */
export type ConfigResult<T> = { ok: true; value: T } | { ok: false; issues: readonly ConfigIssue[] };

export interface ParseConfigOptions {
  /** A variable that starts so and that no field names is an error; `PARTYLINE_` unless given. */
  prefix?: string;
  /** Names with the prefix that belong to something else, such as another service with the same environment. */
  alsoKnown?: readonly string[];
}

/** Variables that scripts of this repository read, which a service started beside them may therefore see. */
const toolVariables = ['PARTYLINE_CACHE', 'PARTYLINE_NO_APT'];

/**
 * Kubernetes puts `<SERVICE>_SERVICE_HOST`, `<SERVICE>_PORT=tcp://…` and their kin into every container of a
 * namespace. A release called "partyline" makes them look like settings of ours, which they are not.
 */
const serviceLinkName = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const serviceLinkValue = /^(tcp|udp|sctp):\/\//;

/**
 * Declares settings; keeps their literal types so that `Config<typeof fields>` is exact.
 * @throws Error when two fields share a variable or a default does not pass its own schema
 */
export function defineConfig<const F extends ConfigFields>(fields: F): F {
  const owners = new Map<string, string>();
  for (const [key, field] of Object.entries(fields)) {
    const other = owners.get(field.env);
    if (other !== undefined) {
      throw new Error(`${field.env} is read by both "${other}" and "${key}"; give each its own variable.`);
    }
    owners.set(field.env, key);
    if (field.default !== undefined && !field.schema.safeParse(field.default).success) {
      throw new Error(`The default of ${field.env}, "${field.default}", does not pass its own schema.`);
    }
  }
  return fields;
}

/**
 * Reads settings from an environment. Pure; reports everything that is wrong at once, unknown variables with
 * the prefix included. A variable set to nothing counts as not set, as templates often leave it so.
 */
export function parseConfig<F extends ConfigFields>(
  fields: F,
  env: Readonly<Record<string, string | undefined>>,
  options: ParseConfigOptions = {},
): ConfigResult<Config<F>> {
  const issues: ConfigIssue[] = [];
  const value: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const given = env[field.env];
    const isSet = given !== undefined && given !== '';
    const text = isSet ? given : field.default;
    if (text === undefined) {
      if (field.optional) value[key] = undefined;
      else issues.push({ env: field.env, message: `is required: ${field.description}` });
      continue;
    }
    const result = field.schema.safeParse(text);
    if (result.success) {
      value[key] = result.data;
      continue;
    }
    const got = field.secret ? '' : `, not "${text}"`;
    for (const issue of result.error.issues) {
      issues.push({ env: field.env, message: `${issue.message}${got}` });
    }
  }
  const known = Object.values(fields).map((field) => field.env);
  issues.push(...unknownVariables(known, env, options));
  return issues.length === 0 ? { ok: true, value: value as Config<F> } : { ok: false, issues };
}

function unknownVariables(
  own: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { prefix = 'PARTYLINE_', alsoKnown = [] }: ParseConfigOptions,
): ConfigIssue[] {
  const known = new Set([...own, ...alsoKnown, ...toolVariables]);
  const issues: ConfigIssue[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith(prefix) || known.has(name)) continue;
    if (serviceLinkName.test(name) || serviceLinkValue.test(text)) continue;
    const near = nearest(name, own);
    const hint = near === undefined ? 'remove it, or see docs/configuration.md' : `did you mean ${near}?`;
    issues.push({ env: name, message: `is not a setting; ${hint}` });
  }
  return issues;
}

/** The candidate at most three edits away from a mistyped name, if there is one. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 4;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(row[j - 1]! + 1, previous[j]! + 1, substituted));
    }
    previous = row;
  }
  return previous[b.length]!;
}
