/** What an interface says about itself now: its MAC changes with a bond's member, forwarding with an operator's mind. */
import { HARDWARE_ETHERNET, INTERFACE_NOARP, interfaceInfo } from '../../native/index.ts';
import type { Carrier } from '../engine/outputs/garp-frames.ts';
import { readSysctl } from './sysctl.ts';

export function carrierOf(name: string): Carrier | null {
  const info = interfaceInfo(name);
  if (info === null) return null;
  let isRouter: boolean | null = null;
  return {
    ifindex: info.index,
    mac: info.mac,
    hasArp: (info.flags & INTERFACE_NOARP) === 0 && info.hardwareType === HARDWARE_ETHERNET,
    isRouter: () => {
      isRouter ??= Number(readSysctl(`net/ipv6/conf/${name}/forwarding`) ?? 0) > 0;
      return isRouter;
    },
  };
}
