export { buildPage, type PageFile, type PageFiles } from './build-page.ts';
export { missingCodecs, registerCodecModules } from './codec-routes.ts';
export { registerPage } from './page-routes.ts';
