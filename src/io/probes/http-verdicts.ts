/** What one fetch of a page may come to. Log lines know them by their code and detail. */
import type { Verdict } from './verdict.ts';

export const HTTP_DETAILS = {
  noAnswer: 'no answer',
  unfinished: 'the answer did not end',
  notSent: 'the request could not be sent',
  noData: 'it closed without an answer',
  noHeader: 'it closed within the header',
  endlessHeader: 'the header has no end',
  tooLong: 'the answer is too long',
  noStatus: 'no answer of HTTP',
  noHttp2: 'no answer of HTTP/2',
  flood: 'too many control frames',
  status: 'status',
  digest: 'MD5 is',
  noMatch: 'the regex does not match',
  match: 'the regex matches',
  exhausted: 'the search for the regex takes too long',
} as const;

export type HttpDetail = keyof typeof HTTP_DETAILS;

const CODES: Readonly<Record<HttpDetail, string>> = {
  noAnswer: 'L7TOUT',
  unfinished: 'L7TOUT',
  notSent: 'L7RSP',
  noData: 'L7RSP',
  noHeader: 'L7RSP',
  endlessHeader: 'L7RSP',
  tooLong: 'L7RSP',
  noStatus: 'L7RSP',
  noHttp2: 'L7RSP',
  flood: 'L7RSP',
  status: 'L7STS',
  digest: 'L7RSP',
  noMatch: 'L7RSP',
  match: 'L7RSP',
  exhausted: 'L7RSP',
};

/** `more` stands behind the detail: the status, the reason. */
export function httpFailure(detail: HttpDetail, more = ''): Verdict {
  const words = HTTP_DETAILS[detail];
  return { outcome: 'failed', code: CODES[detail], detail: more === '' ? words : `${words} ${more}` };
}

/** The system's or the TLS library's word for what went wrong with the connection while an answer was awaited. */
export function readFailure(error: string): Verdict {
  return { outcome: 'failed', code: 'L7RSP', detail: error };
}

export function handshakeFailure(error: string): Verdict {
  return { outcome: 'failed', code: 'L6RSP', detail: error };
}

export const HANDSHAKE_TIMEOUT: Verdict = { outcome: 'failed', code: 'L6TOUT', detail: 'no handshake' };

/** `mismatch`: Content-Length says something else than what came, which is no failure (keepalived). */
export function pagePassed(mismatch: string): Verdict {
  return { outcome: 'passed', code: 'L7OK', detail: mismatch };
}
