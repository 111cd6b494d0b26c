/** Names of the devices that virtual routers get. */

/** IFNAMSIZ without the closing NUL. */
const LONGEST_NAME = 15;

/**
 * Names in the order in which they are tried: `vrrp.51`, then `vrrp6.51` for IPv6, then `vrrp1.51`, `vrrp2.51` and so on
 * (keepalived). A prefix that is too long is cut. Never ends.
 */
export function* deviceNames(prefix: string, virtualRouterId: number, isIpv6: boolean): Generator<string> {
  const name = (number: string): string => {
    const end = `${number}.${virtualRouterId}`;
    return prefix.slice(0, LONGEST_NAME - end.length) + end;
  };
  yield name('');
  if (isIpv6) yield name('6');
  for (let number = 1; ; number++) if (!isIpv6 || number !== 6) yield name(String(number));
}
