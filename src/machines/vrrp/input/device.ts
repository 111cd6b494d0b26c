/** The devices that carry the adverts and addresses of an instance, and are made for it. */
import type { IpFamily } from '../../../protocol/ip.ts';
import type { AddressBlock } from '../vrrp.effects.ts';

/** A macvlan with the MAC address of the virtual router (use_vmac), or an ipvlan (use_ipvlan). */
export type DeviceSpec = {
  readonly name: string;
  /** True if the configuration gave the name. */
  readonly named: boolean;
  /** How names that are made up begin. */
  readonly prefix: string;
  /** Interface that it sits on. */
  readonly base: string;
  /** What it is: the address of a macvlan, or how an ipvlan treats its neighbours. */
  readonly device:
    | { readonly kind: 'macvlan'; readonly mac: string }
    | { readonly kind: 'ipvlan'; readonly flags: 'bridge' | 'private' | 'vepa' };
  /** Interface group; null: that of the base. */
  readonly group: number | null;
  readonly family: IpFamily;
  /** False: no IPv6 on it. */
  readonly ipv6: boolean;
  /** Link-local address that it sends from: this one, or `base` for that of its base; null: none is given to it. */
  readonly linkLocal: string | null;
  /** Source address of an ipvlan, as `10.0.0.1/24`. */
  readonly address: string | null;
  /** netlink_notify_msg: have the kernel tell once more about the base. */
  readonly notifiesBase: boolean;
};

export type DeviceInput = {
  /** In the order in which they are made. */
  readonly devices: readonly DeviceSpec[];
  /** Interface that adverts leave from and are heard on: a device, or the instance's own. */
  readonly advertInterface: string;
  /** no_accept; null: everybody may use the addresses. */
  readonly blocked: AddressBlock | null;
};
