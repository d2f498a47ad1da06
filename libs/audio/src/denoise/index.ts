export { Denoiser } from './denoiser.ts';
export { denoiseStages } from './stages.ts';
