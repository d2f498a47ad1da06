import { defineConfig } from 'vite';

// Where Partyline runs. The page and the service share an origin by way of this proxy; a deployment allows the page's
// origin by PARTYLINE_EDGE_ORIGINS and PARTYLINE_CORS_ORIGINS instead.
const service = process.env.PARTYLINE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  server: { proxy: { '/v1': { target: service, ws: true } } },
  // The development server would take the package away from its worklet, which lies beside it.
  optimizeDeps: { exclude: ['@partyline/client'] },
});
