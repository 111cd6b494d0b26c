/** What the Linux kernel holds for an instance while it is master. */
import type { VirtualAddress } from '../vrrp.effects.ts';

export type ObjectsInput = {
  readonly addresses: readonly VirtualAddress[];
};
