export * from './placement.ts';
export type { SimulationReport } from './simulation/report.ts';
export { DEFAULT_SIMULATION, type SimulationOptions, simulate } from './simulation/simulate.ts';
