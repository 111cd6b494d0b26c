/** An agent on a real server says how much it is to be given; an operator, and its other checks, go on to count. */
import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 10_000;
/** Answers who sends a line with the content of a file, a byte at a time. */
const AGENT = `const { readFileSync } = require('node:fs');
require('node:net').createServer((c) => {
  c.on('error', () => {});
  c.once('data', (asked) => {
    if (String(asked) !== 'state web\\n') return c.destroy();
    let at = 0;
    const said = readFileSync(process.argv[1]);
    const next = () => at < said.length ? c.write(said.subarray(at, ++at), () => setImmediate(next)) : undefined;
    next();
  });
}).listen(9999, () => console.log('up'));`;

let lan: Lan;
let directory: string;
let router: RouterProcess;
let agent: ChildProcess;

async function startAgent(): Promise<void> {
  let isUp = false;
  agent = lan.spawn('a', [process.execPath, '-e', AGENT, join(directory, 'says')]);
  agent.stdout?.once('data', () => {
    isUp = true;
  });
  await waitFor(() => isUp, { deadlineMs: STEP_MS, intervalMs: 5, what: 'the agent' });
}

const says = (line: string): void => writeFileSync(join(directory, 'says'), line);

const configuration = (): string => `virtual_server 10.77.0.100 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${lan.address('a')} 80 {
    weight 40
    AGENT_CHECK {
      connect_port 9999
      send "state web\\n"
      delay_loop 0.1
      delay_before_retry 0.1
      connect_timeout 1
      warmup 0
    }
  }
}
`;

const name = (): string => `[${lan.address('a')}]:tcp:80`;

/** `drained 0` */
async function standing(): Promise<string> {
  const { stdout } = await relive('status', '--socket', router.files.control);
  const line = stdout.split('\n').find((each) => each.includes(name())) ?? '';
  return line.replaceAll(/ +/g, ' ').split(' ').slice(2, 4).join(' ');
}

async function becomes(wanted: string): Promise<void> {
  let now = '';
  await waitFor(
    async () => {
      now = await standing();
      return now === wanted;
    },
    { deadlineMs: STEP_MS, intervalMs: 20, what: wanted },
  ).catch((error: Error) => {
    throw new Error([error.message, `it is ${now}`, router.log].join('\n'));
  });
}

const order = (word: string) => relive('server', word, lan.address('a'), '--socket', router.files.control);

beforeAll(async () => {
  lan = await createLan({ hosts: ['r', 'a'] });
  directory = temporaryDirectory('agent');
  says('75%\n');
  await startAgent();
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(), directory },
  });
}, 60_000);

afterAll(async () => {
  await router?.stop();
  agent?.kill('SIGKILL');
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

it('says what the server weighs, and whether it is up and wanted', async () => {
  await becomes('up 30');
  says('drain maxconn:12\n');
  await becomes('drained 0');
  says('ready 10%\n');
  await becomes('up 4');
  says('fail #disk is full\r\n');
  await becomes('down 4');
  expect(router.log).toContain(
    `Agent of service ${name()} of VS [10.77.0.100]:tcp:80 says: fail #disk is full`,
  );
  expect(router.log).toContain('no effect has maxconn:12');
  says('up 100%\n');
  await becomes('up 40');
});

it('comes after an operator', async () => {
  await order('maint');
  await becomes('maintenance 40');
  says('ready up 50%\n');
  await becomes('maintenance 20');
  await order('ready');
  await becomes('up 20');
});

it('that cannot be heard, or is not understood, changes nothing', async () => {
  says('maint\n');
  await becomes('maintenance 20');
  agent.kill('SIGKILL');
  await router.waitForLog('cannot be heard, what it said last holds: L4CON ECONNREFUSED');
  expect(await standing()).toBe('maintenance 20');
  says('SSH-2.0-OpenSSH\n');
  await startAgent();
  says('ready\n');
  await becomes('up 20');
});

it('is in the journal, and is the reason that is given', async () => {
  await router.stop();
  const why = async (at: string): Promise<string> =>
    (await relive('why', `[${lan.address('a')}]:tcp:80`, '--at', at, ...journals(router.files.journal)))
      .stdout;
  const rows = (await relive('log', ...journals(router.files.journal))).stdout.split('\n');
  const seq = /@\d+/.exec(rows.find((row) => row.includes('agent: 75 % of the weight, ready')) ?? '')?.[0];
  expect(await why(seq ?? '')).toMatch(/ weighs 30 because of what its agent says: 75%/);
  const order = /@\d+/.exec(rows.find((row) => row.includes('operator: ')) ?? '')?.[0];
  expect(await why(order ?? '')).toMatch(/because of an order: operator: /);
  const { stdout } = await relive('log', ...journals(router.files.journal));
  expect(stdout).toContain('agent: 75 % of the weight, ready');
  expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
});
