export function installPackages(): Promise<void>;
export function npm(args: readonly string[]): [program: string, args: string[]];
