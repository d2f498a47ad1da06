import type { OpsReply, OpsRoutes } from '@partyline/telemetry';
import type { Status } from './status.ts';
import { buildStatusPage, type StatusPage } from './status-page.ts';

/** Everything from here, nothing inline, framed by nobody. */
const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The status page on the operations port; its addresses are relative, so that it works behind any path. */
export const statusRoutes = (status: Pick<Status, 'snapshot'>): OpsRoutes => ({
  '/status': file('document', 'text/html; charset=utf-8'),
  '/status/page.js': file('script', 'text/javascript; charset=utf-8'),
  '/status/style.css': file('style', 'text/css; charset=utf-8'),
  '/status/favicon.svg': file('icon', 'image/svg+xml'),
  '/status.json': async () => ({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify(await status.snapshot()),
  }),
});

const file = (name: keyof StatusPage, type: string) => async (): Promise<OpsReply> => ({
  status: 200,
  headers: { ...PAGE_HEADERS, 'content-type': type },
  body: (await buildStatusPage())[name],
});
