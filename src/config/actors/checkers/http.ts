/** HTTP_GET and SSL_GET */
import type { HttpPage, PageRegex } from '../../../machines/http-checker/http-probe.ts';
import { hostOf } from '../../../protocol/http.ts';
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';
import { tlsDemands } from './tls.ts';

type HttpGet = RealServerConfig['HTTP_GET'][number];
type SslGet = RealServerConfig['SSL_GET'][number];
type Url = HttpGet['url'][number] | SslGet['url'][number];

export function httpChecks(check: HttpGet, around: Around): readonly PlannedCheck[] {
  return planned('http', check, around);
}

export function sslChecks(check: SslGet, around: Around): readonly PlannedCheck[] {
  return planned('ssl', check, around);
}

function planned(kind: 'http' | 'ssl', check: HttpGet | SslGet, around: Around): readonly PlannedCheck[] {
  const path = probePath(check, around);
  const { http_protocol: protocol, fast_recovery: fastRecovery } = check;
  const pages = check.url.map((url: Url) => page(url, check, around, hostOf(path.address, path.port)));
  return [{ probe: { kind, ...path, protocol, fastRecovery, pages }, timing: check, follows: null }];
}

function page(url: Url, check: HttpGet | SslGet, around: Around, address: string): HttpPage {
  const { virtualhost: host } = url;
  return {
    path: url.path ?? '',
    host: host ?? address,
    ownHost: host !== check.virtualhost ? (host ?? '') : '',
    statuses: url.status_code.map(({ from, to }) => ({ from, to })),
    digest: url.digest ?? '',
    regex: regex(url),
    serverName: serverName(url, check, around),
    endsCleanly: 'tls_compliant' in url && url.tls_compliant,
    ...('tls_verify' in check ? demandsOf(url, check, around) : {}),
  };
}

/** Absent as long as the certificate may be anything: keepalived verifies none. */
function demandsOf(url: Url, check: SslGet, around: Around): Pick<HttpPage, 'tls'> {
  const asked = serverName(url, check, around) || (url.virtualhost ?? probePath(check, around).address);
  const tls = tlsDemands(check, asked);
  return tls === null ? {} : { tls };
}

/** keepalived: the virtualhost of a real server is in its requests and in no handshake. */
function serverName({ virtualhost }: Url, check: HttpGet | SslGet, { real, server }: Around): string {
  if (!check.enable_sni) return '';
  if (check.sni_name !== null && check.sni_name !== '') return check.sni_name;
  const isOfReal = virtualhost !== null && virtualhost === real.virtualhost;
  return (isOfReal ? server.virtualhost : virtualhost) ?? '';
}

function regex(url: Url): PageRegex | null {
  if (url.regex === null) return null;
  return {
    pattern: url.regex,
    options: [...url.regex_options],
    noMatch: url.regex_no_match,
    minOffset: url.regex_min_offset,
    maxOffset: url.regex_max_offset,
  };
}
