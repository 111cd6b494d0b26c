/** One place for the defaults of a test checker of pages. Used by tests only. */
import type { HttpCheckerInput } from './http-checker.input.ts';
import type { HttpPage, HttpProbe } from './http-probe.ts';

export function httpPage(changes: Partial<HttpPage> = {}): HttpPage {
  return {
    path: '/',
    host: '10.0.0.2:80',
    ownHost: '',
    statuses: [{ from: 200, to: 299 }],
    digest: '',
    regex: null,
    serverName: '',
    endsCleanly: false,
    ...changes,
  };
}

export function httpProbe(changes: Partial<HttpProbe> = {}): HttpProbe {
  return {
    kind: 'http',
    address: '10.0.0.2',
    port: 80,
    origin: { source: '', sourcePort: 0, device: '', mark: 0 },
    timeoutUs: 5_000_000,
    protocol: '1.0',
    fastRecovery: false,
    pages: [httpPage()],
    ...changes,
  };
}

/** `pages`: how many. */
export function httpCheckerInput(
  pages = 1,
  { fastRecovery = false, ...changes }: Partial<HttpCheckerInput> & { readonly fastRecovery?: boolean } = {},
): HttpCheckerInput {
  return {
    actor: 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1',
    name: '[10.0.0.2]:tcp:80',
    realServer: 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80',
    probe: httpProbe({
      fastRecovery,
      pages: Array.from({ length: pages }, (_, at) => httpPage({ path: `/${at}` })),
    }),
    delayLoopUs: 60_000_000,
    delayBeforeRetryUs: 3_000_000,
    retry: 1,
    alpha: false,
    logAllFailures: false,
    ...changes,
  };
}
