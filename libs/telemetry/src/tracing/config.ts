import { defineConfig, fieldSchemas } from '@partyline/runtime';

/** Settings of traces, the same for every service. */
export const tracingFields = defineConfig({
  otlpUrl: {
    env: 'PARTYLINE_OTLP_URL',
    schema: fieldSchemas.url(),
    optional: true,
    description:
      'Where traces are sent by OTLP over HTTP (protobuf), such as http://collector:4318; /v1/traces is added to a URL without a path. Not set: no traces.',
  },
  traceEvery: {
    env: 'PARTYLINE_TRACE_EVERY',
    schema: fieldSchemas.integer({ min: 0, max: 1_000_000 }),
    default: '1000',
    description:
      'With traces on, one frame of voice in so many is followed from mouth to ear; 0 follows none. The same on every edge.',
  },
  traceRatio: {
    env: 'PARTYLINE_TRACE_RATIO',
    schema: fieldSchemas.number({ min: 0, max: 1 }),
    default: '1',
    description:
      'With traces on, the share of joins, moderation and drains that are traced when the caller has not decided; frames have their own setting.',
  },
});

/** What {@link tracingFields} are read to. */
export interface TracingSettings {
  otlpUrl: string | undefined;
  traceEvery: number;
  traceRatio: number;
}
