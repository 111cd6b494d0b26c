/** Rows of checkers and servers as keepalived's log lines; the rows are those of the real machines. */
import { expect, test } from 'vitest';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type CheckerInput, isFollowing, type MiscProbe } from '../machines/checker/checker.input.ts';
import { httpPage, httpProbe } from '../machines/http-checker/http-checker.fixture.ts';
import type { HttpPage } from '../machines/http-checker/http-probe.ts';
import type { RealServerInput } from '../machines/real-server/real-server.input.ts';
import {
  checkerDefinition,
  httpCheckerDefinition,
  realServerDefinition,
  virtualServerDefinition,
} from '../machines/registry.ts';
import { realServer, SORRY, virtualServerInput } from '../machines/virtual-server/virtual-server.fixture.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import type { JsonObject } from '../protocol/json.ts';
import { CheckerLines } from './checker-lines.ts';

const VS = '[10.0.0.1]:tcp:80';
const RS = '[10.0.0.2]:tcp:80';
const VIRTUAL = `virtual/${VS}`;
const REAL = `real/${VS}/${RS}`;
const CHECKER = `checker/${VS}/${RS}/1`;

interface Changes {
  readonly checker?: Partial<CheckerInput>;
  readonly real?: Partial<RealServerInput>;
  readonly virtual?: Partial<VirtualServerInput>;
}

/** One service with one server and one check; gives what is logged. */
function service({ checker, real, virtual }: Changes = {}) {
  const lines = new CheckerLines();
  const said: string[] = [];
  const clock = new VirtualClock();
  const engine = new Engine({
    ...{ clock, scheduler: clock, journal: { row: () => {}, run: () => {}, define: () => {} } },
    executor: { perform: () => {} },
    onRow: (row) => said.push(...lines.of(row).map(({ text }) => text)),
  });
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  const checkerInput: CheckerInput = {
    ...{ actor: CHECKER, name: RS, realServer: REAL, delayLoopUs: 6_000_000, delayBeforeRetryUs: 1_000_000 },
    probe: { kind: 'tcp', address: '10.0.0.2', port: 80, origin, timeoutUs: 5_000_000 },
    ...{ retry: 1, alpha: false, logAllFailures: false, ...checker },
  };
  const realInput: RealServerInput = {
    ...{ actor: REAL, name: RS, virtualServer: VIRTUAL, virtualServerName: VS, weight: 1, inhibit: false },
    checkers: [{ actor: CHECKER, alpha: checkerInput.alpha }],
    ...{ notifiesStart: false, notifiesStop: false, mails: 'nothing', ...real },
  };
  const virtualInput = virtualServerInput({
    realServers: [realServer(REAL, checkerInput.alpha ? null : 1)],
    ...virtual,
  });
  const definition = 'pages' in checkerInput.probe ? httpCheckerDefinition : checkerDefinition;
  engine.spawn(CHECKER, definition, checkerInput as unknown as JsonObject);
  engine.spawn(REAL, realServerDefinition, realInput as unknown as JsonObject);
  engine.spawn(VIRTUAL, virtualServerDefinition, virtualInput as unknown as JsonObject);
  engine.post(REAL, { type: 'real.started' });
  engine.post(VIRTUAL, { type: 'virtual.started', driven: true });
  if (!isFollowing(checkerInput.probe)) {
    engine.post(CHECKER, { type: 'checker.started', firstDelayUs: 1_000_000, atReload: false });
  }
  const take = (): string[] => said.splice(0);
  const probed = (outcome: string, code: string, detail = ''): string[] => {
    engine.post(CHECKER, { type: 'probe.reported', outcome, code, detail, durationUs: 10 });
    return take();
  };
  const all = (event: ActorEvent): string[] => {
    for (const actor of [CHECKER, REAL, VIRTUAL]) engine.post(actor, event);
    return take();
  };
  return { engine, take, probed, all };
}

/** As `service`, with an HTTP_GET of two urls. */
function pages({ checker, real, virtual }: Changes = {}, more: Partial<HttpPage> = {}) {
  const probe = httpProbe({ pages: [httpPage({ path: '/a', ...more }), httpPage({ path: '/b' })] });
  const run = service({ checker: { probe, ...checker }, ...(real && { real }), ...(virtual && { virtual }) });
  const fetched = (page: number, outcome: string, code = 'L7OK', detail = ''): string[] => {
    const report = { type: 'probe.reported', outcome, code, detail, durationUs: 10, page };
    run.engine.post(CHECKER, report);
    return run.take();
  };
  return { ...run, fetched };
}

const UP = `Remote Web server ${RS} succeed on service.`;

const BEGINS = `Activating healthchecker for service ${RS} for VS ${VS}`;
const GAINED = `Gained quorum 1+0=1 <= 1 for VS ${VS}`;
const LOST = `Lost quorum 1-0=1 > 0 for VS ${VS}`;
const SUCCESS = `TCP connection to ${RS} success.`;

test('a server that is taken for alive falls after its retries, and comes back', () => {
  const { take, probed, all } = service();
  expect(take()).toEqual([GAINED, BEGINS]);
  expect(probed('passed', 'L4OK')).toEqual([SUCCESS]);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')).toEqual([]);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')).toEqual([
    `TCP_CHECK on service ${RS} failed after 1 retries.`,
    `Removing service ${RS} from VS ${VS}`,
    LOST,
  ]);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')).toEqual([]);
  expect(probed('passed', 'L4OK')).toEqual([SUCCESS, `Adding service ${RS} to VS ${VS}`, GAINED]);
  expect(all({ type: 'shutdown.requested', reason: 'SIGTERM' })).toEqual([
    `Shutting down service ${RS} from VS ${VS}`,
  ]);
});

test('the first failure is final, and says nothing of retries', () => {
  const { take, probed } = service();
  take();
  expect(probed('failed', 'L4TOUT', 'ETIMEDOUT')).toEqual([
    `TCP_CHECK on service ${RS} failed.`,
    `Removing service ${RS} from VS ${VS}`,
    LOST,
  ]);
});

test('a server that is taken for dead is told when it proves so, and when it does not', () => {
  const { take, probed } = service({ checker: { alpha: true } });
  expect(take()).toEqual([BEGINS]);
  expect(probed('failed', 'L4UNR', 'EHOSTUNREACH')).toEqual([`TCP_CHECK on service ${RS} failed.`]);
  expect(probed('passed', 'L4OK')).toEqual([SUCCESS, `Adding service ${RS} to VS ${VS}`, GAINED]);
});

test('each try that fails is told where that is asked for, as long as the server is up', () => {
  const { take, probed } = service({ checker: { logAllFailures: true } });
  take();
  probed('passed', 'L4OK');
  expect(probed('failed', 'L4TOUT', 'ETIMEDOUT')).toEqual([`TCP connection to ${RS} timeout.`]);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')[0]).toBe(`TCP connection to ${RS} failed.`);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')).toEqual([]);
});

test('what cannot be tried is told with its reason, and changes nothing', () => {
  const { take, probed } = service();
  take();
  expect(probed('unable', 'SOCKERR', 'ENODEV')).toEqual([
    `TCP_CHECK on service ${RS} cannot run: ENODEV`,
    'TCP socket bind failed. Rescheduling.',
  ]);
  expect(probed('unable', 'SOCKERR', 'EMFILE')[1]).toBe('TCP connect fail to create socket. Rescheduling.');
  expect(probed('passed', 'L4OK')).toEqual([SUCCESS]);
});

test('a server that is inhibited is disabled, and a sorry server takes over', () => {
  const { take, probed, all } = service({
    real: { inhibit: true },
    virtual: { sorryServer: SORRY },
  });
  take();
  expect(probed('failed', 'L4CON', 'ECONNREFUSED').slice(1)).toEqual([
    `Disabling service ${RS} of VS ${VS}`,
    LOST,
    `Adding sorry server [10.0.0.9]:tcp:80 to VS ${VS}`,
    `Removing alive servers from the pool for VS ${VS}`,
  ]);
  expect(probed('passed', 'L4OK').slice(1)).toEqual([
    `Enabling service ${RS} of VS ${VS}`,
    GAINED,
    `Removing sorry server [10.0.0.9]:tcp:80 from VS ${VS}`,
    `Adding alive servers to the pool for VS ${VS}`,
  ]);
  probed('failed', 'L4CON', 'ECONNREFUSED');
  probed('failed', 'L4CON', 'ECONNREFUSED');
  expect(all({ type: 'shutdown.requested', reason: 'SIGTERM' })).toEqual([
    `Shutting down (inhibited) service ${RS} from VS ${VS}`,
  ]);
});

test('pages count when all have passed, and each that passes while the server is down is told', () => {
  const { take, fetched } = pages();
  take();
  expect(fetched(0, 'passed')).toEqual([]);
  expect(fetched(1, 'passed')).toEqual([UP]);
  expect(fetched(0, 'failed', 'L7STS', 'status 503')).toEqual([]);
  expect(fetched(0, 'failed', 'L7STS', 'status 503')).toEqual([
    `HTTP_CHECK on service ${RS} failed after 1 retries.`,
    `Removing service ${RS} from VS ${VS}`,
    LOST,
  ]);
  expect(fetched(0, 'passed')).toEqual([`HTTP status code success to ${RS} url(/a)`]);
  expect(fetched(0, 'passed')).toEqual([`HTTP status code success to ${RS} url(/a)`]);
  expect(fetched(1, 'passed')).toEqual([
    `HTTP status code success to ${RS} url(/b)`,
    UP,
    `Adding service ${RS} to VS ${VS}`,
    GAINED,
  ]);
});

test('a first failure of pages is told as if it had been tried again, and with alpha it is not', () => {
  const sure = pages();
  sure.take();
  expect(sure.fetched(0, 'failed', 'L4CON', 'ECONNREFUSED')[0]).toBe(
    `HTTP_CHECK on service ${RS} failed after 1 retries.`,
  );
  const assumed = pages({ checker: { alpha: true } });
  assumed.take();
  expect(assumed.fetched(0, 'failed', 'L4CON', 'ECONNREFUSED')).toEqual([]);
  assumed.fetched(0, 'passed');
  assumed.fetched(0, 'passed');
  expect(assumed.fetched(1, 'passed')).toContain(UP);
});

test.each([
  ['L4TOUT', 'ETIMEDOUT', 'Timeout connecting'],
  ['L4CON', 'ECONNREFUSED', 'Connection failed'],
  ['L4UNR', 'ENETUNREACH', 'HTTP/SSL_CHECK - network unreachable'],
  ['L4UNR', 'EHOSTUNREACH', 'Connection failed'],
  ['L6TOUT', 'no handshake', 'Timeout connecting'],
  ['L6RSP', 'ECONNRESET', 'SSL handshake/communication error connecting to'],
  ['L7TOUT', 'no answer', 'Timeout WEB read'],
  ['L7TOUT', 'the answer did not end', 'Timeout HTTP read'],
  ['L7RSP', 'ECONNRESET', 'Read error with'],
  ['L7RSP', 'it closed without an answer', 'Read, no data received from '],
  ['L7STS', 'status 503', 'HTTP status code error to'],
  ['L7RSP', `MD5 is ${'0'.repeat(32)}`, 'MD5 digest error to'],
  ['L7RSP', 'the regex does not match', 'Regex match failed'],
])('%s, %s is "%s" in the log', (code, detail, words) => {
  const { take, fetched } = pages({ checker: { logAllFailures: true, retry: 5 } });
  take();
  fetched(0, 'passed');
  fetched(1, 'passed');
  expect(fetched(0, 'failed', code, detail)).toEqual([`${words} server ${RS}.`]);
});

test('a page tells what it was judged by, and a Content-Length that is wrong', () => {
  const said = (more: Partial<HttpPage>) => {
    const { take, fetched } = pages({ checker: { alpha: true } }, more);
    take();
    return fetched(0, 'passed')[0];
  };
  expect(said({ digest: '0'.repeat(32) })).toBe(`MD5 digest success to ${RS} url(/a)`);
  const regex = { pattern: 'a', options: [], noMatch: false, minOffset: 0, maxOffset: null };
  expect(said({ digest: '0'.repeat(32), regex })).toBe(`Regex match success to ${RS} url(/a)`);
  const { take, fetched } = pages({}, { ownHost: 'www' });
  take();
  const mismatch = 'content_length (9) does not match received bytes (5)';
  expect(fetched(0, 'passed', 'L7OK', mismatch)).toEqual([
    `http_check for RS ${RS} VS ${VS} url www/a: ${mismatch}`,
  ]);
});

test('pages that cannot be fetched from here are told with the reason', () => {
  const { take, fetched } = pages();
  take();
  expect(fetched(0, 'unable', 'SOCKERR', 'ENODEV')).toEqual([
    `HTTP_GET on service ${RS} cannot run: ENODEV`,
    'WEB socket bind failed. Rescheduling',
  ]);
  expect(fetched(0, 'unable', 'TLSERR', 'key /a: no such file')).toEqual([
    `HTTP_GET on service ${RS} cannot run: key /a: no such file`,
  ]);
});

test('what a reload takes away is told', () => {
  const { engine, take } = service();
  take();
  engine.post(REAL, { type: 'real.removed' });
  expect(take().slice(0, 2)).toEqual([
    `service ${RS} no longer exist`,
    `Removing service ${RS} from VS ${VS}`,
  ]);
  engine.post(VIRTUAL, { type: 'virtual.removed' });
  expect(take()).toContain(`Removing Virtual Server ${VS}`);
});

test('a server that goes with its service is told of as such', () => {
  const { engine, take } = service();
  take();
  engine.post(REAL, { type: 'real.removed', withService: true });
  expect(take()[0]).toBe(`Removing service ${RS} from VS ${VS}`);
});

const MISC: MiscProbe = {
  ...{ kind: 'misc', command: ['/bin/check', 'a'], user: null, group: null, timeoutUs: 1, dynamic: true },
};
const OF_MISC = `Misc check for [${RS} VS ${VS}] by [/bin/check]`;

test('a program that fails is told with its reason and its retries', () => {
  const { take, probed } = service({ checker: { probe: MISC, retry: 0 } });
  take();
  expect(probed('passed', 'PROCOK')).toEqual([`${OF_MISC} succeeded.`]);
  expect(probed('failed', 'PROCERR', 'exited with status 1: no disk')[0]).toBe(
    `${OF_MISC} failed with retry disabled (exited with status 1).`,
  );
  expect(probed('failed', 'PROCERR', 'exited with status 2')).toEqual([]);
  expect(probed('passed', 'PROCOK')[0]).toBe(`${OF_MISC} succeeded.`);
  expect(probed('failed', 'PROCTOUT', 'timed out')[0]).toBe(`${OF_MISC} timed out with retry disabled.`);
});

test('each try of a program is told where that is asked for', () => {
  const { take, probed } = service({ checker: { probe: MISC, retry: 2, logAllFailures: true } });
  take();
  probed('passed', 'PROCOK');
  const because = '(due to signal 9)';
  const fail = (): string[] => probed('failed', 'PROCERR', 'due to signal 9').slice(0, 1);
  expect(fail()).toEqual([`${OF_MISC} failed, will do 2 retries ${because}.`]);
  expect(fail()).toEqual([`${OF_MISC} failed on retry 1/2 ${because}.`]);
  expect(fail()).toEqual([`${OF_MISC} failed after 2 retries ${because}.`]);
  expect(fail()).toEqual([]);
});

test('a weight that a program gives is told', () => {
  const { take, engine } = service({ checker: { probe: MISC, retry: 0 } });
  const weighs = (weight: number): string[] => {
    const report = { outcome: 'passed', code: 'PROCOK', detail: '', durationUs: 1, weight };
    engine.post(CHECKER, { type: 'probe.reported', ...report });
    return take();
  };
  take();
  const changing = (from: number, to: number, which: string): string =>
    `Changing weight from ${from} to ${to} for ${which} service ${RS} of VS ${VS}`;
  expect(weighs(7)).toEqual([`${OF_MISC} succeeded.`, changing(1, 7, 'active')]);
  expect(weighs(0)).toEqual([changing(7, 0, 'active'), LOST]);
  expect(weighs(7)).toEqual([changing(0, 7, 'active'), `Gained quorum 1+0=1 <= 7 for VS ${VS}`]);
  engine.post(CHECKER, { ...FAILED, detail: 'exited with status 1' });
  expect(take()[1]).toBe(`Removing service ${RS} from VS ${VS}`);
  expect(weighs(3).slice(0, 3)).toEqual([
    `${OF_MISC} succeeded.`,
    changing(1, 3, 'inactive'),
    `Adding service ${RS} to VS ${VS}`,
  ]);
});

const FAILED = { type: 'probe.reported', outcome: 'failed', code: 'PROCERR', detail: '', durationUs: 1 };

test('a file is spoken of in detail only, a BFD session always', () => {
  const file = service({ checker: { probe: { kind: 'file', tracker: 'tracker/file/load' } } });
  file.take();
  const says = (weight: number, fault: boolean) => ({ type: 'tracker.changed', tracker: '', weight, fault });
  const hears = ({ engine, take }: typeof file, weight: number, fault: boolean): string[] => {
    engine.post(CHECKER, says(weight, fault));
    return take();
  };
  expect(hears(file, 0, false)).toEqual([]);
  expect(hears(file, 2, false)).toEqual([`Changing weight from 1 to 3 for active service ${RS} of VS ${VS}`]);
  expect(hears(file, 0, true)).toEqual([
    `(${RS}): tracked file load now FAULT state`,
    `Removing service ${RS} from VS ${VS}`,
    LOST,
  ]);
  expect(hears(file, 4, false)).toEqual([
    `(${RS}): tracked file load leaving FAULT state`,
    `Adding service ${RS} to VS ${VS}`,
    `Gained quorum 1+0=1 <= 5 for VS ${VS}`,
  ]);
  const session = service({ checker: { probe: { kind: 'bfd', tracker: 'tracker/bfd/wan' } } });
  session.take();
  const isDown = `BFD check of [wan] RS(${RS}) is DOWN`;
  expect(hears(session, 0, true)).toEqual([isDown, `Removing service ${RS} from VS ${VS}`, LOST]);
  expect(hears(session, 0, false)[0]).toBe(`BFD check of [wan] RS(${RS}) is UP`);
  expect(hears(session, 0, true)[0]).toBe(isDown);
});

const PATH = {
  ...{ address: '10.0.0.3', port: 53, timeoutUs: 1_000_000 },
  origin: { source: '', sourcePort: 0, device: '', mark: 0 },
};

/** What is said when it passes, and then fails twice with one retry: in each try, and at the end. */
function twice(probe: CheckerInput['probe'], code: string, detail: string) {
  const life = (logAllFailures: boolean): string[][] => {
    const { take, probed } = service({ checker: { probe, logAllFailures, retry: 1 } });
    take();
    const isAbout = (line: string): boolean => !/^(Removing|Lost)/.test(line);
    const said = [probed('passed', 'OK'), probed('failed', code, detail), probed('failed', code, detail)];
    return said.map((lines) => lines.filter(isAbout));
  };
  return { quiet: life(false), loud: life(true) };
}

test("each kind of check has keepalived's words", () => {
  const ofUdp = `UDP_CHECK on service ${RS} failed after 1 retries.`;
  const udp = { kind: 'udp', ...PATH, payload: null, reply: null } as const;
  expect(twice(udp, 'L4CON', 'ECONNREFUSED')).toEqual({
    quiet: [[`UDP connection to ${RS} success.`], [], [ofUdp]],
    loud: [
      [`UDP connection to ${RS} success.`],
      [`UDP connection to ${RS} failed.`],
      [`UDP connection to ${RS} failed.`, ofUdp],
    ],
  });
  expect(twice(udp, 'L7RSP', 'byte 1').loud[1]).toEqual([`UDP check to ${RS} reply data mismatch.`]);
  const ofPing = `ICMP CHECK on service ${RS} of ${VS} failed after 1 retries.`;
  expect(twice({ kind: 'ping', ...PATH }, 'L4TOUT', '')).toEqual({
    quiet: [[`ICMP connection to ${RS} success.`], [], [ofPing]],
    loud: [
      [`ICMP connection to ${RS} success.`],
      [`ICMP connection to address ${RS} timeout.`],
      [`ICMP connection to address ${RS} timeout.`, ofPing],
    ],
  });
  const dns = { kind: 'dns', ...PATH, type: 'A', name: 'a' } as const;
  const ofDns = (text: string): string => `DNS_CHECK (${RS}) ${text}`;
  expect(twice(dns, 'L7STS', 'rcode 3 NXDOMAIN')).toEqual({
    quiet: [[], [], [ofDns('read error occurred. (rcode = 3) after 1 retries')]],
    loud: [
      [],
      [ofDns('read error occurred. (rcode = 3)')],
      [ofDns('read error occurred. (rcode = 3) after 1 retries')],
    ],
  });
  const last = (code: string, detail: string) => twice(dns, code, detail).quiet[2];
  expect(last('L7TOUT', 'no answer')).toEqual([ofDns('read timeout from socket after 1 retries')]);
  expect(last('L4CON', 'receive ECONNREFUSED')).toEqual([
    ofDns('failed to read socket; errno 111 (Connection refused) after 1 retries'),
  ]);
  expect(last('L4UNR', 'ENETUNREACH')).toEqual([
    ofDns('network unreachable for [10.0.0.3]:53 after 1 retries'),
  ]);
});

test("a mail server has keepalived's words for each way to fail, and a try more at the start", () => {
  const smtp = { kind: 'smtp', ...PATH, port: 25, heloName: 'me' } as const;
  const server = '[10.0.0.3]:25';
  for (const [code, detail, text] of [
    ['L4TOUT', 'ETIMEDOUT', `Connection timeout to server ${server}`],
    ['L4CON', 'ECONNREFUSED', `Could not connect to server ${server}`],
    ['L4UNR', 'EHOSTUNREACH', 'Network unreachable for server 10.0.0.3 - real server [10.0.0.2]:80'],
    ['L7TOUT', 'no whole reply: HELO', `Read timeout from server ${server}`],
    ['L7RSP', 'read ECONNRESET', `Read failure from server ${server}`],
    ['L7RSP', 'write EPIPE', `Write failure to server ${server}`],
    ['L7STS', 'greeting 554 no', `Bad greeting banner from server ${server}`],
    ['L7STS', 'HELO 500 no', `Bad HELO response from server ${server}`],
  ] as const) {
    expect(twice(smtp, code, detail).quiet).toEqual([
      ...[[`Remote SMTP server ${RS} succeed on service.`], []],
      [`SMTP_CHECK ${text}`],
    ]);
  }
  const { take, probed } = service({ checker: { probe: smtp, retry: 1 } });
  take();
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')).toEqual([]);
  expect(probed('failed', 'L4CON', 'ECONNREFUSED')[0]).toBe(
    `SMTP_CHECK Could not connect to server ${server}`,
  );
});
