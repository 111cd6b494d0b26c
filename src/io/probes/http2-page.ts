/** HTTP_GET and SSL_GET by HTTP/2 (RFC 9113): the same page, judged in the same way. */
import { isIP } from 'node:net';
import { defer, type Observable, of } from 'rxjs';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { type Http2Call, type Http2Judge, http2Call } from './http2-call.ts';
import { LONGEST_ANSWER_TIMEOUTS } from './page-fetch.ts';
import { PageJudge } from './page-judge.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsInspection } from './tls-inspection.ts';
import { unableTls, type Verdict } from './verdict.ts';

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function http2Page(plan: HttpProbe, at: number, identity: TlsIdentity): Observable<Verdict> {
  return defer(() => {
    const page = plan.pages[at];
    if (page === undefined) throw new RangeError(`there is no page ${at}`);
    let tls: Http2Call['tls'] = null;
    try {
      if (plan.kind === 'ssl') tls = tlsSide(page, identity);
    } catch (error) {
      return of(unableTls(error as Error));
    }
    return http2Call({
      ...{ path: plan, tls, body: null, longestAnswerTimeouts: LONGEST_ANSWER_TIMEOUTS },
      headers: {
        ...{ ':method': 'GET', ':scheme': plan.kind === 'ssl' ? 'https' : 'http', ':path': page.path },
        ...{ ':authority': page.host, 'user-agent': 'KeepAliveClient' },
      },
      judge: pageJudge(page),
    });
  });
}

function tlsSide({ serverName, tls }: HttpPage, identity: TlsIdentity): Http2Call['tls'] {
  // An address is none of the names that a handshake may have (RFC 6066 section 3).
  const isName = serverName !== '' && isIP(serverName) === 0;
  return { serverName: isName ? serverName : null, inspection: tlsInspection(tls ?? null, identity) };
}

/** The status is judged as that of HTTP/1.1, which has it in a line of its own. */
function pageJudge(page: HttpPage): Http2Judge {
  const judge = new PageJudge(page);
  return {
    header: (status) => judge.take(Buffer.from(`HTTP/2 ${status}\r\n\r\n`, 'latin1')),
    data: (piece) => judge.take(piece),
    trailers: () => null,
    end: () => judge.end(),
  };
}
