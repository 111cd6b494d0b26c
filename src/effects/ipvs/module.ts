/** The kernel module of IPVS, where it is one. */
import { runProgram } from '../firewall/run-program.ts';

/** Has it loaded. Whether there is IPVS then, who asks for it will see. */
export async function loadIpvs(): Promise<void> {
  await runProgram('modprobe', ['-q', 'ip_vs'], '');
}
