import manifest from '../package.json' with { type: 'json' };

/** Of Partyline; all packages have the same. */
export const VERSION: string = manifest.version;
