export * from './named-run.ts';
export * from './run-by-name.ts';
