/** What parts of keepalived.conf are made of. */
import type { InstanceSpec } from './model.ts';

export function block(head: string, lines: readonly (string | readonly string[])[]): string[] {
  return [`${head} {`, ...lines.flat().map((line) => `    ${line}`), '}'];
}

export const when = (condition: unknown, line: string): string[] => (condition ? [line] : []);

/** Virtual addresses of an instance; of IPv6 the first is link-local (RFC 9568 section 5.2.9). */
export function virtualAddresses({
  lan,
  family,
  vrid,
  addresses,
}: InstanceSpec): readonly { readonly address: string; readonly prefixLength: number }[] {
  return Array.from({ length: addresses }, (_, at) => {
    if (family === 'inet') return { address: `10.${lan}.${vrid}.${100 + at}`, prefixLength: 16 };
    const place = (vrid * 256 + at).toString(16);
    return at === 0
      ? { address: `fe80::1:${place}`, prefixLength: 64 }
      : { address: `2001:db8:${lan + 1}::${place}`, prefixLength: 64 };
  });
}
