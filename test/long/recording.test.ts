/**
 * A life of relived beside keepalived, recorded: every advert, gratuitous ARP, netlink request and notify line is derived from
 * the journal again, byte for byte. Excluded: the sequence and port of netlink messages, which count the requests of a socket
 * and are the kernel's choice.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { readPcap } from '../../src/relive/outputs/pcap.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Recorder } from '../harness/recorder.ts';
import { RouterProcess } from '../harness/router.ts';

const MAIN = join(import.meta.dirname, '../../src/relive/main.ts');
const DEADLINE_MS = 60_000;
const SECRET = 'geheim42';

let lan: Lan;
let directory: string;

/** Virtual router 51: version 2 with a password; 52: version 3; in one sync group. 53: IPv6. */
function configuration(priority: number, fifo: string | null): string {
  const instance = (id: number, version: number, rest: string): string => `vrrp_instance VI_${id} {
  state BACKUP
  interface eth0
  virtual_router_id ${id}
  priority ${priority}
  version ${version}
  advert_int 1
${rest}
}
`;
  const password = `  authentication {\n    auth_type PASS\n    auth_pass ${SECRET}\n  }\n`;
  const told = fifo === null ? '' : `  vrrp_notify_fifo ${fifo}\n`;
  return `global_defs {
  router_id r${priority}
${told}}
vrrp_sync_group G {
  group {
    VI_51
    VI_52
  }
}
${instance(51, 2, `${password}  virtual_ipaddress {\n    10.77.0.151/24\n    10.77.0.152/24 label eth0:x\n  }\n  virtual_routes {\n    192.0.2.0/24 dev eth0 metric 50\n  }`)}${instance(52, 3, '  virtual_ipaddress {\n    10.77.0.161/24\n  }\n  virtual_rules {\n    from 192.0.2.7 table 77 priority 7000\n  }')}${instance(53, 3, '  virtual_ipaddress {\n    fe80::77:100\n    2001:db8:77::100/64\n  }')}`;
}

// For each attempt: what a failed one has left would be recorded, too.
beforeEach(async () => {
  lan = await createLan({ hosts: ['a', 'b', 'host'], ipv6: true });
  directory = temporaryDirectory('recording');
  for (const host of ['a', 'b']) {
    const isReady = async (): Promise<boolean> =>
      !(await ip(lan, host, '-6', 'addr', 'show', 'dev', 'eth0')).includes('tentative');
    await waitFor(isReady, { deadlineMs: DEADLINE_MS, what: `the addresses of ${host}` });
  }
}, DEADLINE_MS);

afterEach(async () => {
  await lan.destroy();
  rmSync(directory, { recursive: true, force: true });
}, DEADLINE_MS);

const ALL = ['10.77.0.151', '10.77.0.152', '10.77.0.161', '2001:db8:77::100'];

async function holds(host: string, addresses = ALL): Promise<boolean> {
  const text = await ip(lan, host, 'addr', 'show', 'dev', 'eth0');
  return addresses.every((address) => text.includes(`${address}/`));
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  await waitFor(look, { deadlineMs: DEADLINE_MS, what });
}

/** Priorities of the adverts that were captured so far, of both routers. */
function advertsIn(recorded: string): number[] {
  const { packets } = readPcap(readFileSync(join(recorded, 'wire.pcap')));
  return packets.flatMap(({ bytes }) => {
    if (bytes[12] === 0x08 && bytes[23] === 112) return [bytes[14 + 20 + 2] ?? -1];
    if (bytes[12] === 0x86 && bytes[20] === 112) return [bytes[14 + 40 + 2] ?? -1];
    return [];
  });
}

function resignationsIn(recorded: string): number {
  return advertsIn(recorded).filter((priority) => priority === 0).length;
}

/** Start, preemption, a cut link, a deleted address, a reload, the death of the peer, the end. */
async function live(recorder: Recorder, fifo: string): Promise<RouterProcess> {
  const peer = await RouterProcess.start(lan, 'b', {
    ...{ program: keepalived, configuration: configuration(100, null), directory },
  });
  await until('b is master', () => holds('b'));
  const router = await RouterProcess.start(lan, 'a', {
    ...{ program: recorder.traced(relived), configuration: configuration(150, fifo), directory },
  });
  await until('a preempts', async () => (await holds('a')) && !(await holds('b', ['10.77.0.161'])));
  await lan.cut('a');
  await until('a gives up', async () => !(await holds('a', ['10.77.0.161'])) && (await holds('b')));
  await lan.heal('a');
  await until('a preempts again', () => holds('a'));
  await run(lan.argv('a', ['ip', 'addr', 'del', '10.77.0.161/24', 'dev', 'eth0']));
  await until('the address is back', () => holds('a'));
  writeFileSync(router.configuration, configuration(140, fifo));
  router.signal('SIGHUP');
  await router.waitForLog('eload');
  await peer.kill();
  await until('a goes on', async () => advertsIn(recorder.directory).length >= 60);
  const before = resignationsIn(recorder.directory);
  await router.stop();
  // What tcpdump has not read yet when it is ended is lost. These are the last that it hears.
  await until('the end is captured', async () => resignationsIn(recorder.directory) >= before + 3);
  return router;
}

describe('a recorded life beside keepalived', () => {
  it('is derived from the journal, byte for byte', async () => {
    const fifo = join(directory, 'notices.fifo');
    const recorder = await Recorder.start(lan, 'a', directory);
    await recorder.readLines(fifo);
    const router = await live(recorder, fifo);
    await recorder.finish(router.files.journal);
    const secrets = join(directory, 'secrets.conf');
    writeFileSync(secrets, configuration(150, null));
    const { report, stderr } = await verify('--config', secrets);
    expect(stderr).toBe('');
    expect(report.unknown).toEqual([]);
    expect(report.absent).toEqual([]);
    const found = Object.fromEntries(
      report.comparisons.map(({ kind, captured, differences }) => [
        kind,
        { captured, differences: differences.slice(0, 3) },
      ]),
    );
    const all = (least: number) => ({
      captured: expect.toSatisfy((count) => count >= least),
      differences: [],
    });
    expect(found).toEqual({ packet: all(25), frame: all(20), netlink: all(20), line: all(10) });

    // Every row is lived again, and every run is one that the charts asked for.
    const lived = await execute(['verify', '-j', join(directory, 'journal'), '-o', 'json']);
    const [{ integrity, replay }]: [Verdict] = JSON.parse(lived.stdout);
    expect(integrity.findings).toEqual([]);
    expect(replay).toMatchObject({ differences: [], unchecked: {} });
    expect(replay.runs).toBeGreaterThan(3);

    // The journal alone does not have the password: what it gives differs in those eight bytes.
    const without = await verify();
    const adverts = without.report.comparisons.find(({ kind }) => kind === 'packet');
    expect(adverts?.differences.length).toBeGreaterThan(0);
    expect(JSON.stringify(without.report)).toContain(Buffer.from(SECRET).toString('hex'));
    for (const name of readdirSync(join(directory, 'journal')))
      expect(readFileSync(join(directory, 'journal', name)).includes(SECRET)).toBe(false);
  }, 240_000);
});

interface Report {
  readonly comparisons: readonly {
    readonly kind: string;
    readonly captured: number;
    readonly derived: number;
    readonly differences: readonly object[];
  }[];
  readonly unknown: readonly string[];
  readonly absent: readonly string[];
}

interface Verdict {
  readonly integrity: { readonly findings: readonly object[] };
  readonly replay: { readonly runs: number; readonly differences: readonly object[] };
}

async function execute(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(process.execPath, [MAIN, ...args], { maxBuffer: 1 << 26 });
  } catch (error) {
    return error as { stdout: string; stderr: string };
  }
}

async function verify(...more: readonly string[]): Promise<{ report: Report; stderr: string }> {
  const { stdout, stderr } = await execute(['verify', '--recording', directory, '-o', 'json', ...more]);
  return { report: JSON.parse(stdout), stderr };
}
