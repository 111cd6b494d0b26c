/** Of node:os what reading a configuration needs. */
import { host } from '../host.ts';
import { existsSync } from './fs.ts';

const hostname = (): string => host.hostName;

/** One for each processor. */
const cpus = (): readonly unknown[] => {
  let count = 0;
  while (existsSync(`/sys/devices/system/cpu/cpu${count}`)) count++;
  return Array.from({ length: count }, () => null);
};

export default { hostname, cpus };
export { cpus, hostname };
