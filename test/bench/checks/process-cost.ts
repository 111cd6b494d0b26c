/** What processes have taken, by what the kernel says of them. */
import fs from 'node:fs';

const NANOSECONDS_PER_MS = 1_000_000;

/** Processor time of all threads of all of them so far. */
export function cpuMs(family: readonly number[]): number {
  let ns = 0;
  for (const each of family) {
    for (const thread of fs.readdirSync(`/proc/${each}/task`)) {
      ns += Number(fs.readFileSync(`/proc/${each}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
  }
  return ns / NANOSECONDS_PER_MS;
}

/** Memory that they occupy now. */
export function residentKiB(family: readonly number[]): number {
  const sizes = family.map((each) => {
    const status = fs.readFileSync(`/proc/${each}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
