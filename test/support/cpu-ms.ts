/** CPU time that `work` takes in this process, in milliseconds: unlike the clock, it does not count the neighbours. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
