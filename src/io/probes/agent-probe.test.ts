/** AGENT_CHECK, of agents that keep to the protocol and of others. */
import { createServer, type Socket } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { closedPort, drip, flood, localServers } from '../../../test/harness/local-servers.ts';
import type { AgentProbe } from '../../machines/checker/checker.input.ts';
import { agentProbe } from './agent-probe.ts';
import type { Verdict } from './verdict.ts';

/** Short, so that an agent that says nothing does not hold up the tests. */
const TIMEOUT_US = 300_000;
const LATE_MS = 1_500;
const { listening } = localServers();

const agent = (talk: (connection: Socket) => void): Promise<number> => listening(createServer(talk));

function asked(port: number, send = ''): Promise<Verdict> {
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  const plan: AgentProbe = { kind: 'agent', address: '127.0.0.1', port, origin, timeoutUs: TIMEOUT_US, send };
  return lastValueFrom(agentProbe(plan));
}

const failed = (code: string, detail: unknown) => ({ outcome: 'failed', code, detail });

it.each([
  ['75%\n', '75%'],
  ['75%\r\n', '75%'],
  ['drain #for today\nand more', 'drain #for today'],
  ['up 100%', 'up 100%'],
])('%j is understood', async (text, line) => {
  const port = await agent((connection) => connection.end(text));
  expect(await asked(port)).toEqual({ outcome: 'passed', code: 'L7OK', detail: line });
});

it('is told what it is to be told first', async () => {
  const port = await agent((connection) => {
    connection.once('data', (heard) => connection.end(String(heard) === 'state web\n' ? 'up\n' : 'down\n'));
  });
  expect(await asked(port, 'state web\n')).toMatchObject({ outcome: 'passed', detail: 'up' });
});

it.each<[string, (connection: Socket) => void, object]>([
  ['says nothing', () => {}, failed('L7TOUT', 'no whole line')],
  ['drips', (connection) => drip(connection, 'u', 50), failed('L7TOUT', 'no whole line')],
  ['sends without end', (connection) => flood(connection), failed('L7RSP', 'the line does not end')],
  ['closes', (connection) => connection.end(), failed('L7RSP', 'nothing was said')],
  ['resets', (connection) => void connection.resetAndDestroy(), failed('L7RSP', expect.any(String))],
  [
    'speaks something else',
    (connection) => connection.end('SSH-2.0-OpenSSH\r\n'),
    failed('L7RSP', expect.stringContaining('not understood')),
  ],
  [
    'sends garbage',
    (connection) => connection.end(Buffer.from('00ff0a', 'hex')),
    failed('L7RSP', expect.any(String)),
  ],
])('one that %s has failed in time', async (_, talk, expected) => {
  const port = await agent(talk);
  const [before, begunMs] = [process.memoryUsage().rss, performance.now()];
  expect(await asked(port)).toEqual(expected);
  expect(performance.now() - begunMs).toBeLessThan(TIMEOUT_US / 1000 + LATE_MS);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
});

it('one that does not listen has failed', async () => {
  expect(await asked(await closedPort())).toEqual(failed('L4CON', 'ECONNREFUSED'));
});
