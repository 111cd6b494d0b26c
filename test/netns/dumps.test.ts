/** What relived writes on keepalived's signals, beside what Debian's keepalived writes for the same configuration. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNAL_NUMBERS, type SignalPurpose } from '../../src/daemon/signals.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const configuration = `global_defs {
  router_id lab1
  enable_script_security
  script_user root
}
garp_group {
  garp_interval 0.001
  gna_interval 0.002
  interfaces {
    eth0
  }
}
track_group TG {
  group {
    VI_1
  }
}
static_ipaddress {
  10.77.0.150/32 dev lo track_group TG
}
static_routes {
  10.99.0.0/24 via 10.77.0.9 dev eth0 track_group TG
}
static_rules {
  from 10.98.0.0/24 table 100 priority 2000 track_group TG
}
vrrp_script fine {
  script /usr/bin/true
  interval 2
}
vrrp_script bad {
  script "/usr/bin/false a b"
  interval 2
  weight 2
  fall 2
  rise 3
  timeout 1
}
vrrp_track_process self {
  process relived-no-such-program
  weight 2
}
vrrp_track_file level {
  file /run/relived-no-such-file
}
bfd_instance far {
  neighbor_ip 10.77.0.9
  source_ip 10.77.0.1
}
vrrp_sync_group VG {
  group {
    VI_2
    VI_3
  }
  notify_master /usr/bin/true
  notify_backup "/usr/bin/true x"
  notify_fault /usr/bin/true
  notify_stop /usr/bin/true
  notify /usr/bin/true
  smtp_alert
  sync_group_tracking_weight
  track_interface {
    lo weight 1
  }
  track_script {
    fine weight 1
  }
  track_file {
    level weight 2
  }
  track_process {
    self
  }
  track_bfd {
    far weight 3
  }
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  track_file {
    level weight 1
  }
  track_bfd {
    far weight 1
  }
  track_script {
    fine weight 1
    bad
  }
  track_process {
    self weight 3
  }
  track_interface {
    lo weight 1
  }
  notify_backup /usr/bin/true
  authentication {
    auth_type PASS
    auth_pass 1234
  }
  priority 150
  advert_int 1
  garp_master_delay 3
  virtual_ipaddress {
    10.77.0.100/24
    10.77.0.101/32 dev lo label lo:x
  }
  virtual_ipaddress_excluded {
    10.77.0.110
  }
  virtual_routes {
    10.97.0.0/24 dev eth0
  }
  virtual_rules {
    from 10.96.0.0/24 table 100 priority 2001
  }
}
vrrp_instance VI_3 {
  interface eth0
  virtual_router_id 53
  priority 100
  virtual_ipaddress {
    10.77.0.210
  }
}
vrrp_instance VI_2 {
  version 3
  interface eth0
  virtual_router_id 52
  priority 100
  advert_int 0.5
  nopreempt
  unicast_src_ip 10.77.0.1
  unicast_peer {
    10.77.0.9
  }
  virtual_ipaddress {
    10.77.0.200
  }
}
`;

const SIGNALS = { data: 'DATA', bfd: 'DATA', parent: 'DATA', stats: 'STATS', json: 'JSON' } as const;
type Kind = keyof typeof SIGNALS;
const FILES: Readonly<Record<Kind, string>> = {
  data: 'keepalived.data',
  bfd: 'keepalived_bfd.data',
  parent: 'keepalived_parent.data',
  stats: 'keepalived.stats',
  json: 'keepalived.json',
};
const KINDS = Object.keys(SIGNALS) as Kind[];

let lan: Lan;
const routers: RouterProcess[] = [];
const directories: Record<'a' | 'b', string> = { a: '', b: '' };

async function start(host: 'a' | 'b'): Promise<RouterProcess> {
  directories[host] = temporaryDirectory('dumps');
  const router = await RouterProcess.start(lan, host, {
    program: host === 'a' ? relived : keepalived,
    configuration: host === 'a' ? configuration : configuration.replaceAll('10.77.0.1\n', '10.77.0.2\n'),
    directory: directories[host],
    environment: { TMPDIR: directories[host] },
  });
  routers.push(router);
  return router;
}

const fileOf = (host: 'a' | 'b', kind: Kind): string => join(directories[host], FILES[kind]);

async function dump(router: RouterProcess, host: 'a' | 'b', kind: Kind, signal: number): Promise<string> {
  fs.rmSync(fileOf(host, kind), { force: true });
  router.signal(signal);
  await waitFor(() => fs.existsSync(fileOf(host, kind)) && fs.statSync(fileOf(host, kind)).size > 0, {
    deadlineMs: 10_000,
    what: `${kind} of ${host}`,
  });
  return fs.readFileSync(fileOf(host, kind), 'utf8');
}

/** Debian's keepalived says the same number. */
async function numberOf(purpose: SignalPurpose): Promise<number> {
  const { stdout } = await lan.exec('a', ['keepalived', `--signum=${purpose}`]);
  expect(`${SIGNAL_NUMBERS[purpose]}\n`).toBe(stdout);
  return SIGNAL_NUMBERS[purpose];
}

/** Debian's is 2.2.7, and its build has SNMP and DBus; 2.4.3 has a few more lines, which are not asked for here. */
const OTHER_BUILD = /^ (SNMP|DBus|libnftnl)/;
/** 2.4.3 has another word for it, or none. */
const OLDER = /^ +(Number of interface and track script faults|Gratuitous ARP aggregation group)/;
/** What one process of relived cannot have: descriptors, and timers that belong to keepalived's own loop. */
const OWN_TO_KEEPALIVED =
  /^ +(fd_in|fd_out|multihop fd_in|thread_|sands_|No sockets|Read timeout|Rx buf size|MAC broadcast|Seen up|Delayed state|(Up|Down) debounce|Reset |Original |State = UP)/;

/** Each line up to its value, in its section. */
function labels(text: string): Set<string> {
  let section = '';
  const found = new Set<string>();
  for (const whole of text.split('\n')) {
    // 2.4.3 does not number these groups.
    const line = whole.replace(/(GARP delay group) \d+/, '$1');
    if (line.startsWith('---')) section = line;
    if ([OTHER_BUILD, OLDER, OWN_TO_KEEPALIVED].some((pattern) => pattern.test(line))) continue;
    const label = line.replace(/( =|:| next time).*$/, '$1').replace(/^( *)[0-9a-f.:]+\b.*$/, '$1ADDRESS');
    found.add(`${section} ${label}`);
  }
  return found;
}

beforeAll(async () => {
  lan = await createLan({ hosts: ['a', 'b'] });
});

afterAll(async () => {
  for (const router of routers) await router.stop();
  await lan?.destroy();
});

describe('the files that signals ask for', { timeout: 60_000 }, () => {
  const texts: Record<'a' | 'b', Record<Kind, string>> = {
    a: { data: '', bfd: '', parent: '', stats: '', json: '' },
    b: { data: '', bfd: '', parent: '', stats: '', json: '' },
  };

  beforeAll(async () => {
    const numbers = await Promise.all(KINDS.map((kind) => numberOf(SIGNALS[kind])));
    // One after the other, for each is master then.
    for (const host of ['b', 'a'] as const) {
      const router = await start(host);
      for (const name of ['VI_1', 'VI_2', 'VI_3']) await router.waitForLog(`(${name}) Entering MASTER STATE`);
      await waitFor(async () => (await ip(lan, host, 'address')).includes('10.77.0.101/32'), {
        deadlineMs: 10_000,
        what: `the last address on ${host}`,
      });
      for (const [at, kind] of KINDS.entries()) {
        texts[host][kind] = await dump(router, host, kind, numbers[at] ?? 0);
        expect(fs.statSync(fileOf(host, kind)).mode & 0o777).toBe(0o600);
      }
      if (host === 'b') await router.stop();
    }
  }, 60_000);

  it('data has the headings and labels of keepalived', () => {
    const missing = [...labels(texts.b.data)].filter((label) => !labels(texts.a.data).has(label));
    expect(missing).toEqual([]);
    expect(texts.a.data).toContain('     10.77.0.101 dev lo scope global label lo:x set\n');
    for (const line of [
      '   State = MASTER',
      ' GARP interval = 0.001000',
      '     prepend 10.99.0.0/24 via inet 10.77.0.9 dev eth0 proto 18 track_group TG',
      // The address on lo makes the link one that is needed: its weight does not count.
      '   Effective priority = 151',
      "   Backup state transition script = '/usr/bin/true' 'x', uid:gid 0:0",
      '     VI_3, weight 3',
      '   Current processes = 0',
    ]) {
      expect(texts.a.data).toContain(`${line}\n`);
      expect(texts.b.data).toContain(`${line.replace('0.001000', '0.001')}\n`);
    }
  });

  it('those of its other processes have the headings and labels of keepalived, too', () => {
    for (const kind of ['bfd', 'parent'] as const) {
      const missing = [...labels(texts.b[kind])].filter((label) => !labels(texts.a[kind]).has(label));
      expect(missing).toEqual([]);
    }
    expect(texts.a.bfd).toContain('   local state = Down\n');
    expect(texts.a.data).toContain(' Track file = level\n');
    expect(texts.a.data).toContain('   Bfd is down\n');
  });

  it('stats has the lines of keepalived', () => {
    const lines = (text: string): string[] => text.split('\n').map((line) => line.replace(/: \d+$/, ''));
    const newer =
      /^ {2}Authentication Extension|^ {4}(Missing|Malformed|Unknown Key|Invalid HMAC|Stale|Replay)/;
    expect(lines(texts.a.stats).filter((line) => !newer.test(line))).toEqual(lines(texts.b.stats));
    expect(texts.a.stats).toContain('  Became master: 1\n');
  });

  it('json has the keys of keepalived in their order, and its values', () => {
    const changing = ['last_transition', 'advert_sent', 'advert_rcvd'];
    // 2.4.3 lists the processes, and hides the password.
    const newer = ['track_process', 'auth_data'];
    const parsed = (host: 'a' | 'b') =>
      (JSON.parse(texts[host].json) as { data: object; stats: object }[]).map(({ data, stats }) => ({
        data: Object.entries(data).filter(([key]) => ![...changing, ...newer].includes(key)),
        stats: Object.entries(stats).filter(
          ([key]) => !changing.includes(key) && !key.startsWith('auth_ext'),
        ),
      }));
    expect(parsed('a')).toEqual(parsed('b'));
    expect(texts.a.json).toContain('"track_process":["self"],"auth_type":1,"auth_data":"********"');
    expect(texts.a.json).toMatch(/^\[\{"data":\{"iname":"VI_1",.*\}\]\n$/);
    expect(texts.a.json).toContain('"10.77.0.100\\/24 dev eth0 scope global set"');
  });

  it('counters begin anew when they are cleared', async () => {
    const router = routers.at(-1);
    if (router === undefined) throw new Error('no router');
    const clear = await numberOf('STATS_CLEAR');
    expect(await dump(router, 'a', 'stats', clear)).toContain('Became master: 1');
    expect(await dump(router, 'a', 'stats', clear)).toContain('Became master: 0');
  });

  it('a symbolic link in their place is replaced, not followed', async () => {
    const router = routers.at(-1);
    const victim = join(directories.a, 'victim');
    fs.writeFileSync(victim, 'precious');
    fs.rmSync(fileOf('a', 'stats'));
    fs.symlinkSync(victim, fileOf('a', 'stats'));
    router?.signal('SIGUSR2');
    await waitFor(() => fs.lstatSync(fileOf('a', 'stats')).isFile(), { deadlineMs: 10_000, what: 'a file' });
    expect(fs.readFileSync(victim, 'utf8')).toBe('precious');
  });
});
