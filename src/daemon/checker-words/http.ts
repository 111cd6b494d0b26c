/** HTTP_GET and SSL_GET */
import { HTTP_DETAILS, type HttpDetail } from '../../io/probes/http-verdicts.ts';
import type { ProbeReport } from '../../machines/checker/checker.events.ts';
import type { HttpPage } from '../../machines/http-checker/http-probe.ts';
import { type CheckerWords, cannotRun, certificateLines, hasNoSocket, type Told } from './told.ts';

export const httpWords: CheckerWords = (told) => {
  const { input, report } = told;
  const { probe } = input;
  if (probe.kind !== 'http' && probe.kind !== 'ssl') return [];
  const page = probe.pages[report.page ?? 0];
  if (page === undefined) return [];
  const kind = probe.kind === 'ssl' ? 'SSL' : 'HTTP';
  if (report.outcome === 'unable') return unableLines(kind, told);
  return report.outcome === 'passed' ? passedLines(page, told) : failedLines(kind, told);
};

function unableLines(kind: string, told: Told): readonly string[] {
  const what = hasNoSocket(told)
    ? 'WEB connection fail to create socket. Rescheduling.'
    : 'WEB socket bind failed. Rescheduling';
  const isOfSocket = told.report.code === 'SOCKERR';
  return [cannotRun(`${kind}_GET`, told), ...(isOfSocket ? [what] : [])];
}

function passedLines(page: HttpPage, { rs, vs, report, wasUp, change }: Told): readonly string[] {
  const { digest, regex, ownHost, path } = page;
  const what = regex !== null ? 'Regex match' : digest !== '' ? 'MD5 digest' : 'HTTP status code';
  return [
    ...(report.detail === ''
      ? []
      : [`http_check for RS ${rs} VS ${vs} url ${ownHost}${path}: ${report.detail}`]),
    ...(wasUp ? [] : [`${what} success to ${rs} url(${path})`]),
    ...(change === 'up' ? [`Remote Web server ${rs} succeed on service.`] : []),
  ];
}

/** keepalived speaks of retries at the first result, too, which has had none. */
function failedLines(kind: 'HTTP' | 'SSL', told: Told): readonly string[] {
  const { input, rs, report, wasUp, hasRun, change } = told;
  const isToldEachTime = input.logAllFailures && (wasUp || !hasRun);
  const after = input.retry > 0 ? ` after ${input.retry} retries` : '';
  return [
    ...(isToldEachTime ? [`${failureWords(report, kind)} server ${rs}.`] : []),
    ...certificateLines(`${kind}_GET`, told),
    ...(change === 'down' ? [`${kind}_CHECK on service ${rs} failed${after}.`] : []),
  ];
}

/** Blanks at the end are keepalived's. */
const WORDS: Readonly<Record<HttpDetail, string>> = {
  noAnswer: 'Timeout WEB read',
  unfinished: 'Timeout HTTP read',
  notSent: 'Cannot send get request to',
  noData: 'Read, no data received from ',
  noHeader: 'Read, no data received from ',
  endlessHeader: 'Read, no data received from ',
  tooLong: 'Read error with',
  noStatus: 'HTTP status code error to',
  noHttp2: 'Read error with',
  flood: 'Read error with',
  status: 'HTTP status code error to',
  digest: 'MD5 digest error to',
  noMatch: 'Regex match failed',
  match: 'Regex match failed',
  exhausted: 'Regex match failed',
};

const BY_CODE: Readonly<Record<string, string>> = {
  L4TOUT: 'Timeout connecting',
  L4CON: 'Connection failed',
  L4UNR: 'Connection failed',
  L6TOUT: 'Timeout connecting',
  L6RSP: 'SSL handshake/communication error connecting to',
};

function failureWords({ code, detail }: ProbeReport, kind: 'HTTP' | 'SSL'): string {
  // The kernel knows at once that there is no way: keepalived hears of it before it waits.
  if (code === 'L4UNR' && detail === 'ENETUNREACH') return 'HTTP/SSL_CHECK - network unreachable';
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  const found = DETAILS.find(([, text]) => detail === text || detail.startsWith(`${text} `));
  if (found === undefined) return 'Read error with';
  if (kind === 'SSL' && found[0] === 'unfinished') return 'Timeout SSL read';
  if (kind === 'SSL' && found[0] === 'noData') return 'SSL read error from';
  return WORDS[found[0]];
}

const DETAILS = Object.entries(HTTP_DETAILS) as readonly [HttpDetail, string][];
