export { Denoiser } from './denoiser.ts';
