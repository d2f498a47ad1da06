export { buildPage, type PageFile, type PageFiles } from './build-page.ts';
export { registerPage } from './page-routes.ts';
