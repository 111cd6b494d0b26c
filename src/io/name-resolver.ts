/** Addresses of names, from name servers alone: neither /etc/hosts nor a cache decides, and nothing blocks a thread. */
import type { IpFamily } from '../protocol/ip.ts';
import { lateDns } from './late-modules.ts';

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** What says that there is no address, and not that nobody could be asked. */
const NONE: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
/** More than any answer has that makes sense. */
const MOST_RECORDS = 4_096;

/** What a query came to. */
export type Resolved =
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttlUs: number }
  | { readonly kind: 'none' | 'failed'; readonly why: string };

/** Never rejects. */
export type Resolve = (name: { readonly host: string; readonly family: IpFamily }) => Promise<Resolved>;

/** Port 0: the usual one. */
export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** `servers`: whom to ask; none: those of the machine (resolv.conf), as they are when this is called. */
export function createResolve(servers: readonly NameServer[]): Resolve {
  const resolver = new (lateDns().Resolver)({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) {
    resolver.setServers(
      servers.map(({ address, port }) => {
        const host = address.includes(':') ? `[${address}]` : address;
        return port === 0 ? host : `${host}:${port}`;
      }),
    );
  }
  return async ({ host, family }) => {
    try {
      const asked = { ttl: true } as const;
      const answer = family === 'inet' ? resolver.resolve4(host, asked) : resolver.resolve6(host, asked);
      const records = (await answer).slice(0, MOST_RECORDS);
      const ttl = records.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY);
      const addresses = records.map(({ address }) => address);
      return { kind: 'found', addresses, ttlUs: Number.isFinite(ttl) ? ttl * 1_000_000 : 0 };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code ?? message;
      return { kind: NONE.has(why) ? 'none' : 'failed', why };
    }
  };
}
