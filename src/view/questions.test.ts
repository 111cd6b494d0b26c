import { describe, expect, it } from 'vitest';
import { BadRequest } from './answering.ts';
import { isQuestion, questionOf, statusOf } from './questions.ts';
import type { JournalSource } from './source.ts';

/** Of a source only its name and its directory are asked for. */
const sources = [
  { node: 'r1', directory: '/var/lib/a' },
  { node: 'r2', directory: '/var/lib/b' },
  { node: 'elsewhere', directory: null },
] as unknown as JournalSource[];

const ask = (path: string, query: string) => questionOf(path, sources, new URLSearchParams(query));

describe('questions of a page', () => {
  it('name the node that is asked about, and every journal that can help', () => {
    expect(ask('/api/why', 'node=r2&actor=vrrp/VI_1&seq=7')).toEqual({
      kind: 'why',
      node: 'r2',
      actor: 'vrrp/VI_1',
      seq: 7,
      nodes: [
        { name: 'r1', directory: '/var/lib/a' },
        { name: 'r2', directory: '/var/lib/b' },
      ],
    });
    expect(ask('/api/whynot', 'node=r1&actor=a&seq=1&state=x.y')).toMatchObject({
      kind: 'whynot',
      state: 'x.y',
    });
  });

  it.each([
    ['/api/why', 'actor=a&seq=1', 400],
    ['/api/why', 'node=r9&actor=a&seq=1', 404],
    ['/api/explain', 'node=r1&seq=1', 400],
    ['/api/explain', 'node=r1&actor=a', 400],
    ['/api/explain', 'node=r1&actor=a&seq=-1', 400],
    ['/api/whynot', 'node=r1&actor=a&seq=1', 400],
    ['/api/whynot', `node=r1&actor=a&seq=1&state=${'x'.repeat(401)}`, 400],
  ])('%s?%s is refused with %i', (path, query, status) => {
    let refused: unknown = null;
    try {
      ask(path, query);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(BadRequest);
    expect((refused as BadRequest).status).toBe(status);
  });

  it('are these, and a refusal has a status of its own', () => {
    expect(['/api/why', '/api/rows', '/api/constructor'].map(isQuestion)).toEqual([true, false, false]);
    expect((['busy', 'slow', 'failed'] as const).map(statusOf)).toEqual([503, 504, 500]);
  });
});
