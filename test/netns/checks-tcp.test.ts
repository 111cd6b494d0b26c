/**
 * Real servers that are checked by TCP_CHECK on a LAN of namespaces: they refuse, fall silent, come back, cannot be
 * reached or tried. What the FIFO, scripts and log are to say is keepalived 2.4.3's; Debian's cannot run beside it, as
 * it wants IPVS of the Linux kernel.
 */
import type { ChildProcess } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { recorder, script } from '../harness/notice-story.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 10_000;
const WEB = '[10.77.0.100]:tcp:80';
const ODD = '[10.77.0.101]:tcp:80';
const UNREACHABLE = '[192.0.2.1]:tcp:80';

const TCP_SERVER =
  "require('node:net').createServer((c) => c.destroy()).listen(Number(process.argv[1]), () => console.log('up'))";

let lan: Lan;
let directory: string;
let router: RouterProcess;
/** By host and port. */
const servers = new Map<string, ChildProcess>();

const trio = (host: string, port: number): string => `[${lan.address(host)}]:tcp:${port}`;

async function serve(host: string, port: number): Promise<void> {
  const child = lan.spawn(host, [process.execPath, '-e', TCP_SERVER, String(port)]);
  servers.set(`${host} ${port}`, child);
  let isUp = false;
  child.stdout?.once('data', () => {
    isUp = true;
  });
  await waitFor(() => isUp, { deadlineMs: STEP_MS, intervalMs: 5, what: `a server on ${host} port ${port}` });
}

async function kill(host: string, port: number): Promise<void> {
  const child = servers.get(`${host} ${port}`);
  servers.delete(`${host} ${port}`);
  const ended = new Promise((resolve) => child?.once('close', resolve));
  child?.kill('SIGKILL');
  await ended;
}

/** `later`: of the first service one server has gone, another one has come, and one is enough. */
function configuration(later = false): string {
  const check = (more = '') => `TCP_CHECK {
      ${more}
    }`;
  const real = (host: string, port: number, body: string) => `  real_server ${lan.address(host)} ${port} {
    notify_up "${directory}/note up ${host} ${port}"
    notify_down "${directory}/note down ${host} ${port}"
    ${body}
  }
`;
  const service = (last: number) => `virtual_server 10.77.0.${last} 80 {
  delay_loop 0.15
  warmup 0
  retry 1
  delay_before_retry 0.1
  connect_timeout 0.4
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum_up "${directory}/note gained ${last}"
  quorum_down "${directory}/note lost ${last}"
`;
  return `global_defs {
  router_id r
  script_user root
  lvs_notify_fifo ${directory}/lvs-fifo
  lvs_notify_fifo_script "${directory}/reader"
}
${service(100)}
  quorum ${later ? 1 : 2}
${later ? '' : real('a', 8080, check())}
${real('b', 8080, check())}
${later ? real('b', 8081, check()) : ''}
}
${service(101)}
  alpha
  omega
${real('b', 8081, check())}
${real('a', 8080, check('bind_if eth9\n      alpha off'))}
  real_server 192.0.2.1 80 {
    ${check()}
  }
}
`;
}

/** What the FIFO has said of a service so far. */
function heardOf(service: string): string[] {
  let said = '';
  try {
    said = readFileSync(join(directory, 'fifo-said'), 'latin1');
  } catch {
    // Nothing yet.
  }
  const lines = said.split('\n').slice(0, -1);
  return lines.filter((line) => line.includes(` ${service} `));
}

/** What the log says without the date before it. */
function logged(pattern: RegExp): string[] {
  const texts = router.log.split('\n').map((line) => line.replace(/^.* \d{4}: /, ''));
  return texts.filter((line) => pattern.test(line));
}

/** Waits until the FIFO has told this of a service after what it had told before. */
async function tells(
  service: string,
  before: number,
  lines: readonly string[],
  ordered = (some: readonly string[]): readonly string[] => some,
): Promise<void> {
  const news = (): string[] => heardOf(service).slice(before);
  await waitFor(() => news().length >= lines.length, {
    ...{ deadlineMs: STEP_MS, intervalMs: 10, what: JSON.stringify(lines) },
  }).catch((error: Error) => {
    throw new Error([error.message, ...heardOf(service), router.log].join('\n'));
  });
  expect(ordered(news())).toEqual(ordered(lines));
}

const lost = (real: string): string[] => [`RS ${real} ${WEB} DOWN`, `VS ${WEB} DOWN`];
const gained = (real: string): string[] => [`RS ${real} ${WEB} UP`, `VS ${WEB} UP`];

/** One thing that happens to a server of the first service, whose quorum needs both, and what is told of it. */
async function happens(act: () => Promise<void>, lines: readonly string[]): Promise<void> {
  const before = heardOf(WEB).length;
  await act();
  await tells(WEB, before, lines);
}

let status = '';
let rows = '';
let verified: number | null = null;

async function reload(): Promise<void> {
  writeFileSync(router.configuration, configuration(true));
  router.signal('SIGHUP');
  await router.waitForLog('Reload complete');
  // Both services have this server now.
  await waitFor(() => logged(/success/).filter((line) => line.includes(trio('b', 8081))).length === 2, {
    ...{ deadlineMs: STEP_MS, intervalMs: 10, what: 'the first success of a new server' },
  });
}

async function live(): Promise<void> {
  await tells(WEB, 0, [`VS ${WEB} UP`]);
  // Two that are taken for dead prove so at the same time.
  const dead = [trio('b', 8081), UNREACHABLE].map((real) => `RS ${real} ${ODD} DOWN`);
  await tells(ODD, 0, [`VS ${ODD} UP`, ...dead], (lines) => lines.toSorted());
  await router.waitForLog(`TCP connection to ${trio('b', 8080)} success.`);
  await happens(() => kill('a', 8080), lost(trio('a', 8080)));
  await happens(() => serve('a', 8080), gained(trio('a', 8080)));
  await happens(() => lan.cut('b'), lost(trio('b', 8080)));
  status = (await relive('status', '--socket', router.files.control)).stdout;
  await happens(() => lan.heal('b'), gained(trio('b', 8080)));
  await serve('b', 8081);
  await tells(ODD, 3, [`RS ${trio('b', 8081)} ${ODD} UP`]);
  await happens(reload, [`RS ${trio('a', 8080)} ${WEB} DOWN`]);
  await router.stop();
  rows = (await relive('log', ...journals(router.files.journal))).stdout;
  verified = (await relive('verify', ...journals(router.files.journal))).code;
}

beforeAll(async () => {
  lan = await createLan({ hosts: ['r', 'a', 'b'] });
  directory = temporaryDirectory('checks');
  chmodSync(directory, 0o755);
  recorder(directory, 'note');
  script(directory, 'reader', `trap "" TERM; cat "$1" >>${directory}/fifo-said`);
  await Promise.all([serve('a', 8080), serve('b', 8080)]);
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(), directory },
  });
  await live();
}, 60_000);

afterAll(async () => {
  await router?.stop();
  for (const child of servers.values()) child.kill('SIGKILL');
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

describe('one life of real servers', () => {
  it('ends with all of them down where omega asks for it, and with no word of the others', () => {
    // The last of it is the reload.
    expect(heardOf(WEB).at(-1)).toBe(`RS ${trio('a', 8080)} ${WEB} DOWN`);
    expect(heardOf(ODD).slice(4).toSorted()).toEqual([
      `RS ${trio('a', 8080)} ${ODD} DOWN`,
      `RS ${trio('b', 8081)} ${ODD} DOWN`,
      `VS ${ODD} DOWN`,
    ]);
    expect(heardOf(ODD).at(-1)).toBe(`VS ${ODD} DOWN`);
  });

  it('runs the scripts of servers and of quorums, without further arguments', () => {
    const said = readFileSync(join(directory, 'said'), 'utf8').trimEnd().split('\n');
    const times = (line: string): number => said.filter((one) => one === line).length;
    expect(times('note [down] [a] [8080]')).toBe(3);
    expect(times('note [up] [a] [8080]')).toBe(1);
    expect([times('note [gained] [100]'), times('note [lost] [100]')]).toEqual([3, 2]);
    expect([times('note [gained] [101]'), times('note [lost] [101]')]).toEqual([1, 1]);
  });

  it('says in the log what keepalived says', () => {
    const [a, b] = [trio('a', 8080), trio('b', 8080)];
    expect(
      logged(/100\]:tcp:80$/).filter((line) => line.includes('service') || line.includes('quorum')),
    ).toEqual([
      `Gained quorum 2+0=2 <= 2 for VS ${WEB}`,
      `Activating healthchecker for service ${a} for VS ${WEB}`,
      `Activating healthchecker for service ${b} for VS ${WEB}`,
      ...fall(a),
      ...rise(a),
      ...fall(b),
      ...rise(b),
      `Removing service ${a} from VS ${WEB}`,
      `Activating healthchecker for service ${trio('b', 8081)} for VS ${WEB}`,
      `Shutting down service ${b} from VS ${WEB}`,
      `Shutting down service ${trio('b', 8081)} from VS ${WEB}`,
    ]);
    expect(logged(/TCP_CHECK|TCP connection/).filter((line) => line.includes(b))).toEqual([
      `TCP connection to ${b} success.`,
      `TCP_CHECK on service ${b} failed after 1 retries.`,
      `TCP connection to ${b} success.`,
    ]);
    expect(logged(/TCP_CHECK/)).toContain(`TCP_CHECK on service ${UNREACHABLE} failed.`);
    expect(logged(/cannot run|Rescheduling/)).toEqual([
      `TCP_CHECK on service ${a} cannot run: ENODEV`,
      'TCP socket bind failed. Rescheduling.',
    ]);
    expect(logged(/no longer exist/)).toEqual([`service ${a} no longer exist`]);
    expect(logged(/^Virtual servers are observed only/)).toHaveLength(1);
  });

  it('is in the journal, where results that change nothing are not, and is the same when it is lived again', () => {
    expect(verified).toBe(0);
    const checkers = rows.split('\n').filter((line) => line.includes('checker/'));
    expect(rows).toContain(`checker/${WEB}/${trio('b', 8080)}/1`);
    // Start, first delay, success, two failures, success, end: how often it was probed does not matter.
    const one = checkers.filter((line) => line.includes(`checker/${WEB}/${trio('b', 8080)}/1`));
    expect(one.length).toBeLessThan(12);
  });

  it('is what relive status shows meanwhile', () => {
    expect(status).toContain(WEB);
    expect(status).toMatch(/down/);
    expect(status).toContain('L4TOUT');
  });
});

function fall(real: string): string[] {
  return [`Removing service ${real} from VS ${WEB}`, `Lost quorum 2-0=2 > 1 for VS ${WEB}`];
}

function rise(real: string): string[] {
  return [`Adding service ${real} to VS ${WEB}`, `Gained quorum 2+0=2 <= 2 for VS ${WEB}`];
}
