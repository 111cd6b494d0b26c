/** HTTP_GET and SSL_GET of the daemon, with real servers that fail in one way after the other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { expectedFifo, expectedLog, REQUESTS } from '../harness/pages/expected.ts';
import { type Lived, livePages, realServers } from '../harness/pages/story.ts';
import { journals, relive } from '../harness/relive.ts';
import { routerFiles } from '../harness/router.ts';

const PACE = { delayLoop: 0.04, retry: 0.04, timeout: 0.25, deadline: 15 };

let lived: Lived;
let servers: readonly [clear: string, tls: string, none: string];
let rows = '';
let verified: number | null = null;

beforeAll(async () => {
  await withLan({ hosts: ['r', 'a'] }, async (lan) => {
    const directory = temporaryDirectory('pages');
    servers = realServers(lan);
    lived = await livePages(lan, relived, directory, PACE);
    const { journal } = routerFiles(directory, 'r');
    rows = (await relive('log', ...journals(journal))).stdout;
    verified = (await relive('verify', ...journals(journal))).code;
  });
}, 120_000);

describe('pages of a daemon', () => {
  it('are spoken of in the log as keepalived speaks of them', () => {
    expect(lived.log).toEqual(expectedLog(...servers));
  });

  it('change what the FIFO says of their server', () => {
    expect(lived.fifo).toEqual(expectedFifo(...servers));
  });

  it('are asked for in the bytes of keepalived, in turn', () => {
    expect([...new Set(lived.asked.clear)].sort()).toEqual(REQUESTS.clear);
    expect([...new Set(lived.asked.tls)].sort()).toEqual(REQUESTS.tls);
    const paths = lived.asked.clear.map((request) => request.split(' ')[1]);
    const turn = ['/status', '/digest', '/regex'];
    expect(paths.slice(0, 4)).toEqual([...turn, '/status']);
    for (const [at, path] of paths.entries()) {
      // The next one, the same once more, or all of them from the first on.
      const next = [path, turn[(turn.indexOf(path ?? '') + 1) % turn.length], '/status', undefined];
      expect(next).toContain(paths[at + 1]);
    }
  });

  it('are in the journal only where something changes, and the same when they are lived again', () => {
    expect(verified).toBe(0);
    expect(rows).toContain('L7STS, status 503');
    expect(rows).toContain('of url 2 failed');
    const steady = rows
      .split('\n')
      .filter((line) => line.includes(`${servers[1]}/`) && line.includes('L7OK'));
    // Its start, and its fall and rise: many more passed.
    expect(lived.asked.tls.length).toBeGreaterThan(30);
    expect(steady.length).toBeLessThan(8);
  });
});
