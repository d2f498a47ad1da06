/** Time of the processor that this process has used so far, user and system, µs. */
export const ownCpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
