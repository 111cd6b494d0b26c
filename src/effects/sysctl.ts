/** Kernel parameters under /proc/sys, of the network namespace of this process. */
import { readFileSync, writeFileSync } from 'node:fs';

const ROOT = '/proc/sys/';

/** `net/ipv6/conf/eth0/forwarding`; null if there is no such parameter. A dot in an interface name stays one. */
export function readSysctl(path: string): string | null {
  try {
    return readFileSync(ROOT + path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Null, or why it could not be written. */
export function writeSysctl(path: string, value: string | number): string | null {
  try {
    writeFileSync(ROOT + path, `${value}\n`);
    return null;
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
