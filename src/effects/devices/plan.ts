/** What has to be done so that a device is there: decided from the links that the kernel has. */
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import { IPVLAN_MODE_L2, MACVLAN_MODE_PRIVATE } from '../../protocol/rtnetlink/device.ts';
import type { LinkMessage } from '../../protocol/rtnetlink/link.ts';

export type DevicePlan =
  /** It is there as it shall be. */
  | { readonly step: 'reuse'; readonly index: number }
  /** It is there with another address or mode. */
  | { readonly step: 'update'; readonly index: number }
  /** One of its name and kind is there, on another interface: it goes first. */
  | { readonly step: 'replace'; readonly index: number }
  | { readonly step: 'create' }
  | { readonly step: 'fail'; readonly error: string };

/** Ethernet: what sits on anything else has no address of its own. */
const ARPHRD_ETHER = 1;

/** keepalived: what a predecessor left is used again or corrected; an interface of another kind is left alone. */
export function planDevice(spec: DeviceSpec, links: readonly LinkMessage[]): DevicePlan {
  const base = links.find((link) => link.name === spec.base);
  if (base === undefined) return { step: 'fail', error: `interface ${spec.base} does not exist` };
  if (base.hardwareType !== ARPHRD_ETHER) {
    return { step: 'fail', error: `interface ${spec.base} is not Ethernet` };
  }
  const there = links.find((link) => link.name === spec.name);
  if (there === undefined) return { step: 'create' };
  const { index } = there;
  if (there.kind !== spec.device.kind) {
    const error = `an interface ${spec.name} exists already, and is no ${spec.device.kind}`;
    return { step: 'fail', error };
  }
  // The kernel puts what is asked for on a macvlan on the interface below it.
  if (there.baseIndex !== base.index && there.baseIndex !== base.baseIndex) return conflict(spec, index);
  return isAsWanted(spec, there) ? { step: 'reuse', index } : wrong(spec, index);
}

function isAsWanted({ device }: DeviceSpec, { mode, mac }: LinkMessage): boolean {
  if (device.kind === 'ipvlan') return mode === IPVLAN_MODE_L2;
  return mode === MACVLAN_MODE_PRIVATE && mac === device.mac;
}

/** All ipvlans of an interface have one mode: it cannot be changed for one of them. */
function wrong({ device, name }: DeviceSpec, index: number): DevicePlan {
  if (device.kind === 'macvlan') return { step: 'update', index };
  return { step: 'fail', error: `the ipvlan ${name} exists already in another mode` };
}

/** Whatever has a name that was made up here belongs to somebody else. */
function conflict({ named, name }: DeviceSpec, index: number): DevicePlan {
  if (named) return { step: 'replace', index };
  return { step: 'fail', error: `a device ${name} exists already on another interface` };
}
