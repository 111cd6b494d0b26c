/** Whatever a server sends, in whatever pieces: a verdict, never an exception, and the same one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { httpPage } from '../../machines/http-checker/http-checker.fixture.ts';
import { PageJudge } from './page-judge.ts';
import type { Verdict } from './verdict.ts';

const PAGES = [
  httpPage(),
  httpPage({ digest: '5d41402abc4b2a76b9719d911017c592' }),
  httpPage({ regex: { pattern: 'l+o', options: [], noMatch: false, minOffset: 0, maxOffset: null } }),
];

function judged(page: number, bytes: Uint8Array, cuts: readonly number[]): Verdict {
  const judge = new PageJudge(PAGES[page] ?? httpPage());
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, place] of places.slice(1).entries()) {
    const from = places[at] ?? 0;
    // As a socket gives it: nothing comes in no bytes, and the buffer is somebody else's afterwards.
    const piece = bytes.slice(from, place);
    const verdict = place > from ? judge.take(piece) : null;
    piece.fill(0);
    if (verdict !== null) return verdict;
  }
  return judge.end();
}

const PARTS = [
  ...[
    'HTTP/1.1 200 OK',
    'HTTP/1.0 503',
    '\r\n',
    '\r\n\r\n',
    'Content-Length: ',
    '5',
    '99999',
    'hello',
    '\0',
    '\r',
  ],
  ...[' ', ':', 'HTTP/', '\xff'],
];

it('judges any answer, and in any pieces the same', () => {
  const answers = fc
    .array(fc.constantFrom(...PARTS), { maxLength: 20 })
    .map((parts) => new Uint8Array(Buffer.from(parts.join(''), 'latin1')));
  const property = fc.property(
    fc.nat({ max: PAGES.length - 1 }),
    fc.oneof(answers, fc.uint8Array({ maxLength: 200 })),
    fc.array(fc.nat({ max: 500 }), { maxLength: 8 }),
    (page, bytes, cuts) => {
      const whole = judged(page, bytes, []);
      expect(['passed', 'failed']).toContain(whole.outcome);
      const inPieces = judged(page, bytes, cuts);
      // A pattern may be found in the header only where the first of the page comes with it.
      if (page !== 2) expect(inPieces).toEqual(whole);
    },
  );
  fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 3_000 });
});
