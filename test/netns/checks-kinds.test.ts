/** Checks of every kind but pages, with real servers that fail in one way after the other, and a BFD session. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import {
  HOSTILE,
  KINDS,
  type KindName,
  type Lived,
  liveKinds,
  ROUNDS,
  realServer,
  service,
} from '../harness/kinds/story.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { routerFiles } from '../harness/router.ts';

const PACE = { delayLoop: 0.1, retry: 0.05, timeout: 0.25, run: 1, deadline: 15 };
const ALL = [...ROUNDS, ...HOSTILE];

let lived: Lived;
let names: ReadonlyMap<KindName, string>;
let rows = '';
let verified: number | null = null;
let pingGroups: readonly [before: string, after: string];

const groups = async (lan: Lan): Promise<string> =>
  (await lan.exec('r', ['cat', '/proc/sys/net/ipv4/ping_group_range'])).stdout;

beforeAll(async () => {
  await withLan({ hosts: ['r', 'a', 'b'] }, async (lan) => {
    const directory = temporaryDirectory('kinds');
    names = new Map(KINDS.map((kind) => [kind, realServer(lan, kind)]));
    const before = await groups(lan);
    lived = await liveKinds(lan, relived, directory, PACE, ALL);
    pingGroups = [before, await groups(lan)];
    const { journal } = routerFiles(directory, 'r');
    rows = (await relive('log', ...journals(journal))).stdout;
    verified = (await relive('verify', ...journals(journal))).code;
  });
}, 120_000);

const real = (kind: KindName): string => names.get(kind) ?? '';

/** What is said of a server that fails and recovers so often. */
function fallsAndRises(kind: KindName, times: number): string[] {
  const [rs, vs] = [real(kind), service(kind)];
  const once = [`RS ${rs} ${vs} DOWN`, `VS ${vs} DOWN`, `RS ${rs} ${vs} UP`, `VS ${vs} UP`];
  return [`VS ${vs} UP`, ...Array.from({ length: times }, () => once).flat()];
}

describe('checks of a daemon', () => {
  it.each(KINDS.filter((kind) => kind !== 'dynamic' && kind !== 'file'))(
    '%s: each way to fail is noticed, and each recovery',
    (kind) => {
      expect(lived.fifo[kind]).toEqual(fallsAndRises(kind, ALL.length));
    },
  );

  it('a weight of nothing loses the quorum, and the server stays', () => {
    for (const kind of ['dynamic', 'file'] as const) {
      const before = fallsAndRises(kind, kind === 'file' ? ALL.length : 0);
      expect(lived.fifo[kind]).toEqual([...before, `VS ${service(kind)} DOWN`, `VS ${service(kind)} UP`]);
    }
    const weights = (kind: KindName): string[] =>
      lived.log[kind].flatMap((line) => /^Changing weight from \d+ to \d+ for active/.exec(line) ?? []);
    const changing = (from: number, to: number) => `Changing weight from ${from} to ${to} for active`;
    expect(weights('dynamic')).toEqual([changing(1, 9), changing(9, 0), changing(0, 5), changing(5, 1)]);
    expect(weights('file')).toEqual([
      ...[changing(1, 6), changing(6, 0), changing(0, 2_147_483_647), changing(2_147_483_647, 1)],
    ]);
  });

  it('are spoken of in the log as keepalived speaks of them', () => {
    const said = (kind: KindName): Set<string> => new Set(lived.log[kind]);
    const server = real('smtp').replace(/:tcp:\d+/, ':2525');
    // It names the mail server, which is not the real server here.
    const mail = new Set(lived.mail.filter((line) => line.endsWith(server)));
    for (const text of ['Read timeout', 'Bad greeting banner', 'Bad HELO response']) {
      expect(mail).toContain(`SMTP_CHECK ${text} from server ${server}`);
    }
    // A reset may come before it is known that the connection stands.
    expect([...mail].join('\n')).toMatch(/Read failure from|Could not connect to/);
    expect(said('smtp')).toContain(`Remote SMTP server ${real('smtp')} succeed on service.`);
    expect(said('dns')).toContain(`DNS_CHECK (${real('dns')}) read timeout from socket after 1 retries`);
    expect(said('dns')).toContain(
      `DNS_CHECK (${real('dns')}) read error occurred. (rcode = 3) after 1 retries`,
    );
    expect(said('udp')).toContain(`UDP_CHECK on service ${real('udp')} failed after 1 retries.`);
    expect(said('ping')).toContain(
      `ICMP CHECK on service ${real('ping')} of ${service('ping')} failed after 1 retries.`,
    );
    const misc = [...said('misc')]
      .filter((line) => line.startsWith('Misc check'))
      .map((line) => line.replace(/\[\/[^\]]*\]/, '[P]'));
    const ofMisc = (text: string): string =>
      `Misc check for [${real('misc')} VS ${service('misc')}] by [P] ${text}.`;
    for (const text of [
      ...['succeeded', 'timed out after 1 retry'],
      ...['exited with status 1', 'exited with status 7', 'due to signal 9'].map(
        (why) => `failed after 1 retry (${why})`,
      ),
    ]) {
      expect(misc).toContain(ofMisc(text));
    }
    expect(said('file')).toContain(`(${real('file')}): tracked file load now FAULT state`);
  });

  it('have codes and reasons in the journal, and are the same when they are lived again', () => {
    expect(verified).toBe(0);
    for (const reason of ['L7TOUT', 'L7STS', 'L7RSP', 'L4CON', 'L4TOUT', 'PROCERR', 'PROCTOUT', 'NXDOMAIN']) {
      expect(rows).toContain(reason);
    }
  });

  it('are mailed about, each change once, with its reason', () => {
    const about = (kind: KindName): readonly string[] => {
      const start = `[r] Realserver ${real(kind)} of virtual server ${service(kind)} - `;
      return lived.mails.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
    };
    for (const [kind, down, up] of [
      ['dns', '=> DNS_CHECK: failed on service <=', '=> DNS_CHECK: succeed on service <='],
      ['udp', '=> UDP CHECK failed on service <=', '=> UDP CHECK succeed on service <='],
      ['ping', '=> ICMP CHECK failed on service <=', '=> ICMP CHECK succeed on service <='],
    ] as const) {
      const both = [`DOWN: ${down}`, `UP: ${up}`];
      expect(about(kind), kind).toEqual(ALL.flatMap(() => both));
    }
    const server = real('smtp').replace(/:tcp:\d+/, ':2525');
    expect(about('smtp')).toContain(
      `DOWN: => CHECK failed on service : Bad greeting banner from server ${server} <=`,
    );
    expect(about('misc')).toContain('DOWN: => MISC CHECK timed out on service <=');
    expect(about('file')).toEqual([]);
  });

  it('change no setting of the machine', () => {
    expect(pingGroups[0]).toMatch(/^\d+\s+\d+\s*$/);
    expect(pingGroups[1]).toBe(pingGroups[0]);
  });
});
