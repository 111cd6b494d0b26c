/** Whether an answer is the page that a check wants. Takes it in piece by piece and keeps next to nothing of it. */
import type { Hash } from 'node:crypto';
import { Regex } from '../../../native/regex.ts';
import type { HttpPage } from '../../machines/http-checker/http-probe.ts';
import { HttpResponseReader } from '../../protocol/http.ts';
import { lateCrypto } from '../late-modules.ts';
import { httpFailure, pagePassed } from './http-verdicts.ts';
import { PageSearch } from './page-search.ts';
import type { Verdict } from './verdict.ts';

/** An answer without end would keep the process busy for as long as it may take. */
export const LONGEST_ANSWER_BYTES = 1024 ** 3;

/** Compiled once for as long as a configuration has them. */
const REGEXES = new WeakMap<NonNullable<HttpPage['regex']>, Regex>();

export class PageJudge {
  readonly #page: HttpPage;
  readonly #reader = new HttpResponseReader();
  readonly #hash: Hash | null;
  readonly #search: PageSearch | null;
  #hasData = false;

  constructor(page: HttpPage) {
    this.#page = page;
    this.#hash = page.digest === '' ? null : lateCrypto().createHash('md5');
    this.#search = page.regex === null ? null : new PageSearch(compiled(page.regex), page.regex);
  }

  /** Anything of the answer. */
  get hasData(): boolean {
    return this.#hasData;
  }

  get hasHeader(): boolean {
    return this.#reader.header !== null;
  }

  /** Null as long as the answer may still be the page. */
  take(piece: Uint8Array): Verdict | null {
    this.#hasData = true;
    const { left } = this.#reader;
    const isComplete = this.hasHeader;
    try {
      const { bytes, from } = this.#reader.take(piece);
      // keepalived: the header is searched if the first of the page comes with it.
      if (bytes.length > from) this.#search?.add(bytes);
      const most = isComplete ? left : (this.#reader.header?.bodyBytes ?? Number.POSITIVE_INFINITY);
      if (this.#hash !== null && bytes.length > from && most > 0) {
        this.#hash.update(bytes.subarray(from, Math.min(bytes.length, from + most)));
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return httpFailure('endlessHeader');
    }
    return this.#reader.bodyBytes > LONGEST_ANSWER_BYTES ? httpFailure('tooLong') : null;
  }

  /** The answer is complete. In this order (keepalived): status, digest, regex. */
  end(): Verdict {
    const { header, bodyBytes } = this.#reader;
    if (header === null) return httpFailure(this.#hasData ? 'noHeader' : 'noData');
    const { status } = header;
    if (status === null) return httpFailure('noStatus');
    if (!this.#page.statuses.some(({ from, to }) => status >= from && status <= to)) {
      return httpFailure('status', String(status));
    }
    const digest = this.#hash?.digest('hex') ?? '';
    if (digest !== this.#page.digest) return httpFailure('digest', digest);
    return this.#searched() ?? pagePassed(mismatch(header.bodyBytes, bodyBytes));
  }

  #searched(): Verdict | null {
    const search = this.#search;
    if (search === null || this.#page.regex === null) return null;
    search.end();
    if (search.isExhausted) return httpFailure('exhausted');
    if (search.isFound !== this.#page.regex.noMatch) return null;
    return httpFailure(search.isFound ? 'match' : 'noMatch');
  }
}

/** keepalived's words. */
function mismatch(saidBytes: number | null, cameBytes: number): string {
  if (saidBytes === null || saidBytes === cameBytes) return '';
  return `content_length (${saidBytes}) does not match received bytes (${cameBytes})`;
}

function compiled(regex: NonNullable<HttpPage['regex']>): Regex {
  const known = REGEXES.get(regex);
  if (known !== undefined) return known;
  const fresh = new Regex(regex.pattern, regex.options);
  REGEXES.set(regex, fresh);
  return fresh;
}
