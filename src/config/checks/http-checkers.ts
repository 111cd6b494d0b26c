/** HTTP_GET and SSL_GET: their urls. */
import type { Environment } from '../environment.ts';
import type { NodeOf } from '../node.ts';
import type { Problems } from '../problems.ts';
import type { HTTP_GET } from '../registry/lvs/http.ts';
import type { REAL_SERVER } from '../registry/lvs/real-server.ts';
import { reportRepeated, reportReplaced } from './lvs-nodes.ts';

type HttpNode = NodeOf<(typeof REAL_SERVER)['keywords']['HTTP_GET']>;
type UrlNode = NodeOf<(typeof HTTP_GET)['keywords']['url']>;

type Demanding = NodeOf<(typeof REAL_SERVER)['keywords']['SSL_GET']>;

/** What is to be trusted says nothing as long as nothing is verified. */
export function checkTls(node: Demanding, problems: Problems): void {
  if (node.get('tls_ca') === null || node.get('tls_verify') !== false) return;
  const message = "'tls_ca' has no effect without tls_verify";
  problems.add({ severity: 'note', code: 'no-effect', place: node.place('tls_ca'), message });
}

/** Leaves out a url without a path, and a checker without urls. */
export function checkUrls(node: HttpNode, problems: Problems, environment: Environment): void {
  for (const url of node.blocks('url')) checkUrl(url, problems, environment);
  if (!node.kept || node.hasBlock('url')) return;
  node.kept = false;
  const message = 'the checker is left out: it has no url that can be used';
  problems.add({ severity: 'warning', code: 'no-url', place: node.origin, message });
}

function checkUrl(url: UrlNode, problems: Problems, environment: Environment): void {
  if (url.get('path') === null) {
    url.kept = false;
    const message = 'the url is left out: it has no path';
    problems.add({ severity: 'warning', code: 'no-path', place: url.origin, message });
    return;
  }
  reportRepeated(url.given('digest'), problems);
  reportReplaced(url.given('path'), problems);
  reportReplaced(url.given('regex'), problems);
  checkRegex(url, problems);
  checkPattern(url, problems, environment);
}

const REGEX_SETTINGS = [
  'regex_no_match',
  'regex_options',
  'regex_min_offset',
  'regex_max_offset',
  'regex_stack',
] as const;

/** keepalived logs these when it starts. */
function checkRegex(url: UrlNode, problems: Problems): void {
  if (url.get('regex') === null) {
    const stray = REGEX_SETTINGS.find((keyword) => url.isSet(keyword));
    if (stray === undefined) return;
    const message = `'${stray}' has no effect: there is no regex`;
    problems.add({ severity: 'note', code: 'no-regex', place: url.place(stray), message });
    return;
  }
  const last = url.get('regex_max_offset');
  if (last === null || url.get('regex_min_offset') <= last) return;
  const message = 'regex_min_offset is above regex_max_offset: both are ignored';
  problems.add({ severity: 'note', code: 'invalid-regex', place: url.place('regex_max_offset'), message });
  url.correct('regex_min_offset', 0);
  url.correct('regex_max_offset', null);
}

/** keepalived logs it and goes on with memory that it has given back. */
function checkPattern(url: UrlNode, problems: Problems, environment: Environment): void {
  const pattern = url.get('regex');
  const fault = pattern === null ? null : environment.regexFault(pattern, url.get('regex_options'));
  if (fault === null) return;
  problems.add({
    severity: 'error',
    code: 'broken-regex',
    place: url.place('regex'),
    message: `the regex cannot be used: ${fault}`,
  });
}
