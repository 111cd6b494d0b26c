import type { KernelObjects } from '../kernel-objects.ts';

export type StaticInput = {
  /** static_ipaddress, static_routes and static_rules. */
  readonly objects: KernelObjects;
};
