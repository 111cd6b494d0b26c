/** What the story of `story.ts` makes keepalived 2.4.3 say and ask, whoever lives it. */
const VS = '[10.77.0.100]:tcp:80';

/** By `kind`: what 2.2 calls SSL_CHECK, too, is HTTP_CHECK. */
export function expectedLog(clear: string, tls: string, none: string, kind: 'SSL' | 'HTTP' = 'SSL') {
  const begins = (server: string): string => `Activating healthchecker for service ${server} for VS ${VS}`;
  const success = (server: string): string => `Remote Web server ${server} succeed on service.`;
  const fails = (server: string, why: string, check: string, tries: number): string[] => [
    ...Array.from({ length: tries }, () => `${why} server ${server}.`),
    `${check}_CHECK on service ${server} failed after 1 retries.`,
    `Removing service ${server} from VS ${VS}`,
  ];
  const WORDS: Readonly<Record<string, string>> = { '/digest': 'MD5 digest', '/regex': 'Regex match' };
  const passes = (server: string, path: string): string =>
    `${WORDS[path] ?? 'HTTP status code'} success to ${server} url(${path})`;
  const rises = (server: string, paths: readonly string[]): string[] => [
    ...paths.map((path) => passes(server, path)),
    success(server),
    `Adding service ${server} to VS ${VS}`,
  ];
  const all = ['/status', '/digest', '/regex'];
  const breaks = (path: string, why: string): string[] => [
    ...fails(clear, why, 'HTTP', 2),
    ...rises(clear, [path, ...all]),
  ];
  const ends = (server: string): string => `Shutting down service ${server} from VS ${VS}`;
  return {
    clear: [
      begins(clear),
      success(clear),
      ...breaks('/digest', 'MD5 digest error to'),
      ...breaks('/regex', 'Regex match failed'),
      ...breaks('/status', 'HTTP status code error to'),
      ...breaks('/status', 'Timeout WEB read'),
      ...breaks('/digest', 'Read, no data received from '),
      ...breaks('/digest', 'Read error with'),
      // Its failure while the server is down is not spoken of.
      ...breaks('/regex', 'Regex match failed'),
      ends(clear),
    ],
    tls: [
      begins(tls),
      success(tls),
      ...fails(tls, 'HTTP status code error to', kind, 2),
      ...rises(tls, ['/two', '/one', '/two']),
      ends(tls),
    ],
    // The first failure is final.
    none: [begins(none), ...fails(none, 'Connection failed', 'HTTP', 1), ends(none)],
  };
}

export function expectedFifo(clear: string, tls: string, none: string) {
  const changes = (server: string, times: number): string[] =>
    Array.from({ length: times }, () => [`RS ${server} ${VS} DOWN`, `RS ${server} ${VS} UP`]).flat();
  return { clear: changes(clear, 7), tls: changes(tls, 1), none: [`RS ${none} ${VS} DOWN`] };
}

/** What is asked of each page, byte by byte; the name in the handshake behind it. */
export const REQUESTS = {
  clear: [
    'GET /digest HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: url.example\r\n\r\n',
    'GET /regex HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: vs.example\r\n\r\n',
    'GET /status HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: vs.example\r\n\r\n',
  ],
  tls: [
    'GET /one HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: rs.example\r\n\r\n vs.example',
    'GET /two HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: two.example\r\n\r\n two.example',
  ],
};
