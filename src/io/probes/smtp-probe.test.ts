/** SMTP probes of real servers on this machine, good ones and bad ones. */
import { createServer, type Socket } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { afterEach, expect, test } from 'vitest';
import { closedPort, flood, localServers } from '../../../test/harness/local-servers.ts';
import type { ProbePlan, SmtpProbe } from '../../machines/checker/checker.input.ts';
import { allProbes, createProber, type ProbeMeans } from './prober.ts';

const clock = { monotonicUs: () => Math.round(performance.now() * 1000), wallUs: () => Date.now() * 1000 };
const means: ProbeMeans = { identity: () => null as never, runMisc: () => () => {} };
const probe = createProber(clock, allProbes(means));
const prober = (plan: ProbePlan) => probe(plan, 0);

const { listening } = localServers();
let heard = '';
afterEach(() => {
  heard = '';
});

const serve = (begin: (connection: Socket) => void): Promise<number> =>
  listening(
    createServer((connection) => {
      connection.on('data', (piece) => {
        heard += piece.toString();
      });
      begin(connection);
    }),
  );

/** Says one thing at once, and one more each time it is spoken to; null: it hangs up. */
const saying = (...replies: readonly (string | null)[]) =>
  serve((connection) => {
    const left = [...replies];
    const next = (): void => {
      const reply = left.shift();
      if (reply === null) connection.end();
      else if (reply !== undefined) connection.write(reply);
    };
    connection.on('data', next);
    next();
  });

function smtp(port: number, changes: Partial<SmtpProbe> = {}) {
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  return lastValueFrom(
    prober({
      ...{
        kind: 'smtp',
        address: '127.0.0.1',
        port,
        origin,
        timeoutUs: 5_000_000,
        heloName: 'me.example.org',
      },
      ...changes,
    }),
  );
}

test('a server that greets, says hello and good bye passes', async () => {
  const port = await saying('220 here\r\n', '250 hello\r\n', '221 bye\r\n');
  expect(await smtp(port)).toMatchObject({ outcome: 'passed', code: 'L7OK', detail: '' });
  expect(heard).toBe('HELO me.example.org\r\nQUIT\r\n');
});

test('replies of several lines are good, too, and any word about the end', async () => {
  const port = await saying('220-here\r\n220 am I\r\n', '250-hello\r\n250-a\r\n250 b\r\n', 'whatever\r\n');
  expect(await smtp(port)).toMatchObject({ outcome: 'passed' });
});

test.each([
  [['554 go away\r\n'], 'L7STS', 'greeting 554 go away'],
  [['220 here\r\n', '500 what\r\n'], 'L7STS', 'HELO 500 what'],
  [['SSH-2.0-x\r\n'], 'L7RSP', 'greeting SSH-2.0-x'],
  [[null], 'L7RSP', 'read end of the connection'],
  [['220 here\r\n', null], 'L7RSP', 'read end of the connection'],
  [['220 here\r\n', '250 hello\r\n', null], 'L7RSP', 'read end of the connection'],
])('%j has failed: %s, %s', async (replies, code, detail) => {
  const port = await saying(...replies);
  expect(await smtp(port)).toMatchObject({ outcome: 'failed', code, detail });
});

test('silence has its time, and so has one that drips', async () => {
  const silent = await serve(() => {});
  const late = { outcome: 'failed', code: 'L7TOUT' };
  expect(await smtp(silent, { timeoutUs: 100_000 })).toMatchObject({
    ...{ ...late, detail: 'no whole reply: greeting' },
  });
  const dripping = await serve((connection) => {
    const timer = setInterval(() => connection.write('2'), 10);
    connection.on('close', () => clearInterval(timer));
  });
  const { durationUs, ...verdict } = await smtp(dripping, { timeoutUs: 200_000 });
  expect(verdict).toMatchObject(late);
  expect(durationUs).toBeLessThan(2_000_000);
});

test('endless output is given up at once', async () => {
  const port = await serve((connection) => flood(connection));
  expect(await smtp(port)).toMatchObject({ outcome: 'failed', code: 'L7RSP' });
});

test('a reset is the reason', async () => {
  const port = await serve((connection) => void connection.resetAndDestroy());
  expect(await smtp(port)).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/L4CON|L7RSP/) });
});

test('one that does not listen has failed', async () => {
  expect(await smtp(await closedPort())).toMatchObject({
    outcome: 'failed',
    code: 'L4CON',
    detail: 'ECONNREFUSED',
  });
});
