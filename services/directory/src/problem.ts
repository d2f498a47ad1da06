import { RegistryError } from '@partyline/registry';
import type { FastifyError, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** RFC 9457; the one shape of every error. */
export const problemSchema = z
  .object({
    type: z.string().describe('urn:partyline:problem: and the code'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What to do about it'),
    code: z.string().describe('For programs; never changes its meaning'),
    retryAfterSeconds: z.number().int().optional(),
    until: z.number().optional().describe('With "removed": when joining is possible again, epoch ms'),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
type ProblemBody = z.infer<typeof problemSchema>;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  414: 'URL too long',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

export interface ProblemExtras {
  retryAfterSeconds?: number;
  until?: number;
  errors?: { path: string; message: string }[];
}

/** An error with an answer: thrown anywhere below a route. `detail` says what to do. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly extras: ProblemExtras;
  constructor(status: number, code: string, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.extras = extras;
  }
}

/** Sends a problem with the headers that belong to its status. */
export const sendProblem = (
  reply: FastifyReply,
  { status, code, message, extras }: Problem,
): FastifyReply => {
  const body: ProblemBody = {
    type: `urn:partyline:problem:${code}`,
    title: TITLES[status] ?? 'Request failed',
    status,
    detail: message,
    code,
    ...extras,
  };
  if (extras.retryAfterSeconds !== undefined) void reply.header('retry-after', extras.retryAfterSeconds);
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="partyline"');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body);
};

/** What an exception means for whoever asked; undefined when only that something broke. */
export const toProblem = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof RegistryError) return registryProblem(error);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message = 'is wrong' }) => ({
      path: `${error.validationContext ?? 'request'}${instancePath === '/' ? '' : instancePath}`,
      message,
    }));
    const [first] = errors;
    return new Problem(400, 'invalid_request', `${first?.path}: ${first?.message}`, { errors });
  }
  const { code, statusCode = 500, message } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(413, 'body_too_large', 'The body is too large: send at most 32 KiB of JSON.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem(415, 'unsupported_media_type', 'Send JSON with Content-Type: application/json.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem(400, 'bad_content_length', 'Content-Length must be the length of the body.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem(400, 'invalid_json', 'The body is no valid JSON.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem(414, 'url_too_long', 'A part of the URL is longer than any name can be.');
    case 'FST_ERR_BAD_URL':
      return new Problem(400, 'bad_url', 'The URL is wrongly percent-encoded.');
  }
  if (error instanceof SyntaxError && statusCode === 400) {
    return new Problem(400, 'invalid_json', 'The body is no valid JSON.');
  }
  return statusCode >= 400 && statusCode < 500
    ? new Problem(statusCode, 'bad_request', message ?? 'The request cannot be understood.')
    : undefined;
};

/** How long to wait for a registry that is away, in seconds; a client on a call goes back to its edge meanwhile. */
const REGISTRY_RETRY_SECONDS = 2;

const registryProblem = ({ code, message }: RegistryError): Problem => {
  if (code !== 'unavailable') return new Problem(409, code, message);
  const detail = 'The shared state cannot be reached now: try again in a moment; calls go on meanwhile.';
  return new Problem(503, 'registry_unavailable', detail, { retryAfterSeconds: REGISTRY_RETRY_SECONDS });
};

/** For what nobody foresaw; the log has the rest. */
export const internalProblem = (): Problem =>
  new Problem(500, 'internal_error', 'Something broke here; try again, and see the log of the directory.');
