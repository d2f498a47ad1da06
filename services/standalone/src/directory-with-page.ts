import { runDirectory } from '@partyline/directory';
import { buildPage, registerCodecModules, registerPage } from '@partyline/web';

/** A directory as a process of its own that serves the page as well: what `npm run cluster` runs. */
await runDirectory(process.env, {
  registerRoutes: async (app) => {
    registerPage(app, await buildPage());
    registerCodecModules(app);
  },
});
