/** Real servers and their checks. */
import type { ChildProcess } from 'node:child_process';
import { waitFor } from '../../../src/lab/run.ts';
import { DnsServer } from '../../harness/dns-server.ts';
import { relive } from '../../harness/relive.ts';
import type { Script } from '../incident.ts';
import type { Stage } from '../stage.ts';

const DEADLINE_MS = 20_000;

/** Answers each request with the status in a file; `slow` not at all for a while. */
const WEB = `
const { readFileSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  const word = readFileSync(process.argv[1], 'utf8').trim();
  const answer = () => { response.statusCode = Number(word) || 200; response.end('x'); };
  if (word === 'slow') setTimeout(answer, 4000); else answer();
}).listen(80, () => console.log('up'));
`;

async function web(stage: Stage, host: string): Promise<ChildProcess> {
  const file = stage.write(`web-${host}`, '200\n');
  const child = stage.lan.spawn(host, [process.execPath, '-e', WEB, file]);
  let isUp = false;
  child.stdout?.once('data', () => {
    isUp = true;
  });
  await waitFor(() => isUp, { deadlineMs: DEADLINE_MS, what: `web server of ${host}` });
  return child;
}

function pool(stage: Stage, quorum: number, hosts: readonly string[]): string {
  const check =
    'HTTP_GET {\n      url {\n        path /\n        status_code 200\n      }\n      connect_timeout 1\n      retry 1\n      delay_before_retry 1\n    }';
  const reals = hosts.map((host) => `  real_server ${stage.lan.address(host)} 80 {\n    ${check}\n  }\n`);
  return `virtual_server 10.77.0.100 80 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum ${quorum}
${reals.join('')}}
`;
}

async function status(stage: Stage): Promise<string> {
  return (await relive('status', '--socket', stage.files('r').control, '-o', 'json')).stdout;
}

async function untilStatus(stage: Stage, what: RegExp): Promise<void> {
  let seen = '';
  await waitFor(
    async () => {
      seen = await status(stage);
      return what.test(seen);
    },
    { deadlineMs: DEADLINE_MS, what: String(what) },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${seen}\n${stage.log('r')}`);
  });
}

/** A router and two servers that are well. */
async function pooled(stage: Stage, quorum: number): Promise<Readonly<Record<string, ChildProcess>>> {
  const [s, t] = [await web(stage, 's'), await web(stage, 't')];
  await stage.start('r', pool(stage, quorum, ['s', 't']));
  await stage.pass(3_000);
  return { s, t };
}

export const servers: Readonly<Record<string, Script>> = {
  'server-says-500': {
    hosts: ['r', 's', 't'],
    async play(stage) {
      await pooled(stage, 1);
      stage.write('web-s', '500\n');
      await stage.untilLogged('r', /Removing service \[10\.77\.0\.2\]/);
      await stage.pass(300);
    },
  },
  'server-refuses': {
    hosts: ['r', 's', 't'],
    async play(stage) {
      const { s } = await pooled(stage, 1);
      s?.kill('SIGKILL');
      await stage.untilLogged('r', /Removing service \[10\.77\.0\.2\]/);
      await stage.pass(300);
    },
  },
  'server-is-slow': {
    hosts: ['r', 's', 't'],
    async play(stage) {
      await pooled(stage, 1);
      stage.write('web-s', 'slow\n');
      await stage.untilLogged('r', /Removing service \[10\.77\.0\.2\]/);
      await stage.pass(300);
    },
  },
  'quorum-lost': {
    hosts: ['r', 's', 't'],
    async play(stage) {
      await pooled(stage, 2);
      stage.write('web-t', '503\n');
      await stage.untilLogged('r', /Lost quorum/);
      await stage.pass(300);
    },
  },
  'server-drained': {
    hosts: ['r', 's', 't'],
    async play(stage) {
      await pooled(stage, 1);
      await relive('server', 'drain', stage.lan.address('s'), '--socket', stage.files('r').control);
      await untilStatus(stage, /drained/);
    },
  },
  'name-moved': {
    hosts: ['r', 'd'],
    async play(stage) {
      const dns = await DnsServer.start(stage.lan, 'd', stage.directory, {
        'web.example.com': ['10.77.0.21', '10.77.0.22'],
      });
      const configuration = `virtual_server 10.77.0.100 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server_name web.example.com 80 {
    name_refresh 0.2
    name_hold 600
  }
}
`;
      await stage.start('r', configuration, 'relived', `name_server ${stage.lan.address('d')}`);
      await untilStatus(stage, /10\.77\.0\.22/);
      dns.serve({ 'web.example.com': ['10.77.0.21', '10.77.0.23'] });
      await untilStatus(stage, /10\.77\.0\.23/);
      await stage.pass(300);
      await dns.stop();
    },
  },
};
