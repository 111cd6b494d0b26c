/** The kernel module of IPVS, where it is one. */
import { existsSync } from 'node:fs';
import { runProgram } from '../firewall/run-program.ts';

/** A file that it makes in every network namespace. */
const ITS_TABLE = '/proc/net/ip_vs';

/** Has it loaded if it is not, or not in the kernel. Whether there is IPVS then, who asks for it will see. */
export async function loadIpvs(): Promise<void> {
  if (existsSync(ITS_TABLE)) return;
  await runProgram('modprobe', ['-q', 'ip_vs'], '');
}
