export function codecModulesAreThere(): boolean;
export function buildCodecModules(): Promise<void>;
