/** Checks that go on by themselves: real connections on this machine, real time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Scheduler } from '../../engine/types.ts';
import type { ProbePlan, TcpProbe } from '../../machines/checker/checker.input.ts';
import { httpPage, httpProbe } from '../../machines/http-checker/http-checker.fixture.ts';
import type { HttpPage } from '../../machines/http-checker/http-probe.ts';
import { AddonRepeater } from './probe-repeater.ts';
import { ProbeSchedule } from './probe-schedule.ts';
import { allProbes, createProber } from './prober.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { ProbeResult } from './verdict.ts';

const MS = 1_000;
const EVERY = 20 * MS;
const ID = 'checker/[10.0.0.1]:tcp:80/[127.0.0.1]:tcp:80/1';
const clock = { monotonicUs: () => Number(process.hrtime.bigint() / 1000n), wallUs: () => Date.now() * 1000 };
const scheduler: Scheduler = {
  at(atUs, due) {
    const timer = setTimeout(due, Math.max(0, Math.ceil((atUs - clock.monotonicUs()) / 1000)));
    return () => clearTimeout(timer);
  },
};

let server: Server;
let port: number;
let accepted = 0;
let repeater: AddonRepeater;
const ends: (() => void)[] = [];

beforeEach(async () => {
  repeater = new AddonRepeater(MS, 1_024);
  ends.push(() => repeater.close());
  accepted = 0;
  server = createServer((connection) => {
    accepted += 1;
    connection.on('error', () => {}).resume();
  });
  await listen(0);
});

afterEach(() => {
  server.close();
  for (const end of ends.splice(0).reverse()) end();
});

async function listen(at: number): Promise<void> {
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
}

function planTo(changes: Partial<TcpProbe> = {}): TcpProbe {
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  return { kind: 'tcp', address: '127.0.0.1', port, origin, timeoutUs: 5_000 * MS, ...changes };
}

/** A schedule whose own probes are counted. */
function scheduled() {
  const told: ProbeResult[] = [];
  const own = { probes: 0 };
  const identity = new TlsIdentityStore(NO_TLS_FILES).context;
  const probes = allProbes({ identity, runMisc: () => () => {} });
  const probe = createProber(clock, probes);
  const schedule = new ProbeSchedule({
    probe: (plan, page) => {
      own.probes += 1;
      return probe(plan, page);
    },
    report: (_, result) => told.push(result),
    ...{ clock, scheduler, repeater },
  });
  ends.push(() => schedule.close());
  const begin = async (plan: ProbePlan = planTo()): Promise<void> => {
    schedule.probe(ID, plan, 0, EVERY);
    schedule.expect(ID, 'passed');
    await runsReach(3);
    told.length = 0;
    own.probes = 0;
  };
  const runs = (): number => schedule.summary(ID)?.runs ?? 0;
  const runsReach = (count: number) => expect.poll(runs, { interval: 5 }).toBeGreaterThanOrEqual(count);
  return { schedule, told, own, begin, runs, runsReach };
}

/** A server that accepts nothing more: it is stopped, and its queue is full once two have connected. */
async function deafServer(): Promise<{ port: number; process: ChildProcess }> {
  const script = `const s = require('node:net').createServer(); s.listen({port: 0, host: '127.0.0.1', backlog: 1},
    () => process.stdout.write(String(s.address().port)))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(() => child.kill('SIGKILL'));
  const [text] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  child.kill('SIGSTOP');
  return { port: Number(text), process: child };
}

test('what passes goes on by itself, at its pace, and is counted', async () => {
  const { schedule, told, own, begin, runs, runsReach } = scheduled();
  await begin();
  const [beganUs, before] = [clock.monotonicUs(), runs()];
  await runsReach(before + 10);
  expect(clock.monotonicUs() - beganUs).toBeGreaterThan(8 * EVERY);
  expect({ told, probes: own.probes }).toEqual({ told: [], probes: 0 });
  const { last, endedUs, dueUs } = schedule.summary(ID) ?? {};
  expect(last).toMatchObject({ outcome: 'passed', code: 'L4OK', detail: '' });
  expect(last?.durationUs).toBeGreaterThan(0);
  expect((dueUs ?? 0) - (endedUs ?? 0)).toBe(EVERY);
  await expect.poll(() => accepted).toBeGreaterThanOrEqual(before + 10);
});

test('a failure is told once, the schedule tries by itself from there on, and hands it over again', async () => {
  const { schedule, told, own, begin, runs, runsReach } = scheduled();
  await begin();
  const before = runs();
  server.close();
  await expect.poll(() => told.length, { interval: 1 }).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ outcome: 'failed', code: 'L4CON', detail: 'ECONNREFUSED' });
  expect(runs()).toBeGreaterThan(before);
  await expect.poll(() => own.probes).toBeGreaterThan(2);
  await listen(port);
  await expect.poll(() => schedule.summary(ID)?.last?.outcome).toBe('passed');
  await runsReach(runs() + 3);
  const state = { probes: own.probes, told: told.length };
  await runsReach(runs() + 5);
  expect({ probes: own.probes, told: told.length }).toEqual(state);
});

test('who is stopped is probed no more, and who is suspended neither', async () => {
  const { schedule, begin, runsReach, runs } = scheduled();
  await begin();
  schedule.suspend('[10.0.0.1]:tcp:80', true);
  const [before, dueUs] = [runs(), schedule.summary(ID)?.dueUs ?? 0];
  await expect.poll(() => clock.monotonicUs()).toBeGreaterThan(dueUs + 3 * EVERY);
  expect(runs()).toBeLessThanOrEqual(before + 1);
  schedule.suspend('[10.0.0.1]:tcp:80', false);
  await runsReach(before + 3);
  schedule.stop(ID);
  expect(schedule.summary(ID)).toBeNull();
  const heard = accepted;
  const sinceUs = clock.monotonicUs();
  await expect.poll(() => clock.monotonicUs()).toBeGreaterThan(sinceUs + 3 * EVERY);
  expect(accepted).toBeLessThanOrEqual(heard + 1);
});

test('a result that counts again is told, and another plan or pace holds from the next one on', async () => {
  const { schedule, told, begin, runs, runsReach } = scheduled();
  await begin();
  schedule.expect(ID, null);
  await expect.poll(() => told.length).toBeGreaterThan(0);
  schedule.expect(ID, 'passed');
  await runsReach(runs() + 3);
  schedule.again(ID, EVERY, 50 * EVERY);
  const pace = (): number => {
    const { dueUs, endedUs } = schedule.summary(ID) ?? {};
    return (dueUs ?? 0) - (endedUs ?? 0);
  };
  await expect.poll(pace, { interval: 1 }).toBe(50 * EVERY);
  schedule.again(ID, 0, EVERY);
  await runsReach(runs() + 3);
  told.length = 0;
  schedule.revise(ID, planTo({ origin: { source: '', sourcePort: 0, device: 'no-such-if', mark: 0 } }));
  await expect.poll(() => told.length).toBe(1);
  expect(told[0]).toMatchObject({ outcome: 'unable', code: 'SOCKERR', detail: 'ENODEV' });
});

test('checks that share a probe are one for the schedule, and go on by themselves when one is left', async () => {
  const { schedule, own, begin, runs, runsReach } = scheduled();
  schedule.share(true);
  await begin();
  schedule.probe('b', planTo(), 0, EVERY);
  schedule.expect('b', 'passed');
  await runsReach(runs() + 3);
  expect(own.probes).toBeGreaterThanOrEqual(3);
  schedule.stop('b');
  await runsReach(runs() + 3);
  const { probes } = own;
  await runsReach(runs() + 5);
  expect(own.probes).toBe(probes);
});

test('a server that does not answer has failed when its time is over', async () => {
  const deaf = await deafServer();
  const ended: [ProbeResult | null, number][] = [];
  const plan = planTo({ port: deaf.port, timeoutUs: 200 * MS });
  repeater.repeat(plan, 0, MS, (result, before) => ended.push([result, before]));
  await expect.poll(() => ended.length, { timeout: 5_000 }).toBe(1);
  const [result, before] = ended[0] ?? [];
  expect(result).toMatchObject({ outcome: 'failed', code: 'L4TOUT' });
  expect(result?.durationUs).toBeGreaterThanOrEqual(200 * MS);
  expect(before).toBeGreaterThan(0);
});

test('no more are under way at once than may; the others wait in the order in which they were due', async () => {
  const deaf = await deafServer();
  const few = new AddonRepeater(MS, 2);
  ends.push(() => few.close());
  // The queue of the server is full when this has ended.
  const filled = new Promise((resolve) => {
    few.repeat(planTo({ port: deaf.port, timeoutUs: 50 * MS }), 0, 0, resolve);
  });
  await filled;
  const ended: number[] = [];
  const plan = planTo({ port: deaf.port, timeoutUs: 100 * MS });
  const all = [1, 2, 3, 4, 5].map((n) => few.repeat(plan, n, MS, () => ended.push(n)));
  await expect.poll(() => ended, { interval: 5 }).toEqual([1, 2]);
  expect(all.slice(2).map((each) => each?.look().isUnderWay)).toEqual([true, true, true]);
  await expect.poll(() => ended, { interval: 5, timeout: 5_000 }).toEqual([1, 2, 3, 4, 5]);
});

test('a process that did not run does not take its own stall for the silence of a server', async () => {
  const ended: (ProbeResult | null)[] = [];
  const one = repeater.repeat(planTo({ timeoutUs: 20 * MS }), 0, MS, (result) => ended.push(result));
  const stall = (): void => {
    const until = performance.now() + 100;
    while (performance.now() < until);
  };
  for (let turn = 0; turn < 5; turn++) {
    stall();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => one?.look().count).toBeGreaterThan(5);
  expect(ended).toEqual([]);
});

test('what this machine cannot do is told as that, with the reason', async () => {
  const told: (ProbeResult | null)[] = [];
  const origin = { source: '192.0.2.77', sourcePort: 0, device: '', mark: 0 };
  repeater.repeat(planTo({ origin }), 0, MS, (result) => told.push(result));
  await expect
    .poll(() => told)
    .toMatchObject([{ outcome: 'unable', code: 'SOCKERR', detail: 'EADDRNOTAVAIL' }]);
  const udp = { ...planTo(), kind: 'ping' } as ProbePlan;
  expect(repeater.repeat(udp, 0, MS, () => {})).toBeNull();
});

describe('pages', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK';
  let answer: (connection: Socket) => void;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    answer = (connection) => void connection.end(OK);
    const pages = createServer((connection) => {
      connection.on('error', () => {});
      connection.once('data', (request) => {
        requests.push(request.toString('latin1'));
        answer(connection);
      });
    });
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    port = (pages.address() as AddressInfo).port;
    ends.push(() => void pages.close());
  });

  function pagePlan(page: Partial<HttpPage> = {}, timeoutUs = 5_000 * MS) {
    return httpProbe({ address: '127.0.0.1', port, timeoutUs, pages: [httpPage(page)] });
  }

  test('that pass go on by themselves: the same request, judged each time', async () => {
    const { told, own, begin, runs, runsReach } = scheduled();
    const digest = createHash('md5').update('OK').digest('hex');
    const regex = { pattern: '^OK', options: [], noMatch: false, minOffset: 0, maxOffset: null };
    await begin(pagePlan({ path: '/health', digest, regex: { ...regex, pattern: 'O.' } }));
    await runsReach(runs() + 10);
    expect({ told, probes: own.probes }).toEqual({ told: [], probes: 0 });
    expect(new Set(requests).size).toBe(1);
    expect(requests[0]).toMatch(/^GET \/health HTTP\/1\./);
    answer = (connection) => void connection.end(OK.replace('\nOK', '\nKO'));
    await expect.poll(() => told.length, { interval: 1 }).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ outcome: 'failed', code: 'L7RSP' });
  });

  test.each<[string, (connection: Socket) => void, object]>([
    ['another status', (to) => to.end(OK.replace('200', '503')), { code: 'L7STS', detail: 'status 503' }],
    ['no answer in time', () => {}, { code: 'L7TOUT', detail: 'no answer' }],
    [
      'an answer without end',
      (to) => void to.write(OK),
      { code: 'L7TOUT', detail: 'the answer did not end' },
    ],
    ['a reset', (to) => to.resetAndDestroy(), { code: 'L7RSP', detail: 'ECONNRESET' }],
    ['nothing', (to) => to.end(), { code: 'L7RSP', detail: 'it closed without an answer' }],
    ['no HTTP', (to) => to.end('hello\r\n\r\n'), { code: 'L7RSP', detail: 'no answer of HTTP' }],
    ['a drip', drip, { code: 'L7TOUT', detail: 'the answer did not end' }],
  ])('that bring %s have failed, once, with the reason', async (_, bad, verdict) => {
    const told: (ProbeResult | null)[] = [];
    let passed = 0;
    answer = (connection) => void connection.end(OK);
    const one = repeater.repeat(pagePlan({}, 100 * MS), 0, MS, (result, before) => {
      passed = before;
      told.push(result);
    });
    await expect.poll(() => one?.look().count).toBeGreaterThan(2);
    answer = bad;
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
    expect(told[0]).toMatchObject({ outcome: 'failed', ...verdict });
    expect(told[0]?.durationUs).toBeLessThan(5_000 * MS);
    expect(passed).toBeGreaterThan(2);
    const { length } = requests;
    const sinceUs = clock.monotonicUs();
    await expect.poll(() => clock.monotonicUs()).toBeGreaterThan(sinceUs + 20 * MS);
    expect(requests).toHaveLength(length);
  });

  test('that are long are fetched by the schedule, and not tried elsewhere again', async () => {
    const { told, own, begin, runs, runsReach } = scheduled();
    await begin(pagePlan());
    const long = 'x'.repeat(200_000);
    answer = (connection) => void connection.end(`HTTP/1.1 200 OK\r\n\r\n${long}`);
    await runsReach(runs() + 3);
    const before = { requests: requests.length, probes: own.probes };
    await runsReach(runs() + 5);
    expect(requests.length - before.requests).toBe(own.probes - before.probes);
    expect(told).toEqual([]);
  });

  test('that pass with a remark are told of it once, and of its end', async () => {
    const { told, begin, runs, runsReach } = scheduled();
    await begin(pagePlan());
    answer = (connection) => void connection.end(OK.replace('Length: 2', 'Length: 3'));
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatchObject({ outcome: 'passed', detail: expect.stringContaining('content_length') });
    await runsReach(runs() + 5);
    expect(told).toHaveLength(1);
    answer = (connection) => void connection.end(OK);
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toMatchObject({ outcome: 'passed', detail: '' });
  });

  test('by TLS, of several urls or by HTTP/2 are fetched by the schedule', () => {
    const plan = pagePlan();
    const others = [
      { ...plan, kind: 'ssl' as const },
      { ...plan, protocol: '2' as const },
      { ...plan, pages: [httpPage(), httpPage({ path: '/b' })] },
    ];
    expect(others.map((each) => repeater.repeat(each, 0, MS, () => {}))).toEqual([null, null, null]);
  });
});

/** A byte now and then, for longer than an answer may take. */
function drip(to: Socket): void {
  const timer = setInterval(() => to.write('x'), 30);
  to.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
}
