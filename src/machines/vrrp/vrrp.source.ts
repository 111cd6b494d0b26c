/** Which address an instance sends from, and whether it may send at all. */
import type { VrrpInput } from './vrrp.context.ts';

/**
 * keepalived: the configured source, if the interface holds it; else the interface's first address that is not a
 * virtual one. Null: the instance has nothing to send from (FAULT).
 */
export function chooseSourceAddress(
  input: Pick<VrrpInput, 'sourceAddress' | 'addresses'>,
  interfaceAddresses: readonly string[],
): string | null {
  if (input.sourceAddress !== null) {
    return interfaceAddresses.includes(input.sourceAddress) ? input.sourceAddress : null;
  }
  const virtual = new Set(input.addresses.map((vip) => vip.address));
  return interfaceAddresses.find((address) => !virtual.has(address)) ?? null;
}
