import { describe, expect, it } from 'vitest';
import type { ProbeReport } from '../../machines/checker/checker.events.ts';
import { checkerInput } from '../../machines/checker/checker.fixture.ts';
import { grpcWords } from './grpc.ts';
import { certificateLines, type Told } from './told.ts';

const RS = '[10.0.0.2]:tcp:80';

function told(
  outcome: ProbeReport['outcome'],
  code: string,
  detail: string,
  changes: Partial<Told> = {},
): Told {
  return {
    ...{ input: checkerInput(), rs: RS, vs: '[10.0.0.1]:tcp:80', hasRun: true, wasUp: true, change: null },
    ...{ retriesUsed: 0, report: { type: 'probe.reported', outcome, code, detail, durationUs: 1 } },
    ...changes,
  };
}

describe('of the health of gRPC the log', () => {
  it('tells each change, with its reason', () => {
    expect(grpcWords(told('failed', 'L7STS', 'NOT_SERVING', { change: 'down' }))).toEqual([
      `GRPC_CHECK on service ${RS} failed after 1 retries: L7STS, NOT_SERVING.`,
    ]);
    expect(grpcWords(told('passed', 'L7OK', '', { change: 'up', wasUp: false }))).toEqual([
      `GRPC health of ${RS} success.`,
    ]);
    expect(grpcWords(told('unable', 'TLSERR', 'tls_ca /a: ENOENT'))).toEqual([
      `GRPC_CHECK on service ${RS} cannot run: tls_ca /a: ENOENT`,
    ]);
  });

  it('tells each try only where that is asked for', () => {
    expect(grpcWords(told('failed', 'L7TOUT', 'no answer'))).toEqual([]);
    const input = { ...checkerInput(), logAllFailures: true };
    expect(grpcWords(told('failed', 'L7TOUT', 'no answer', { input }))).toEqual([
      `GRPC health of ${RS} failed: L7TOUT, no answer.`,
    ]);
  });

  it('tells that a certificate ends', () => {
    expect(grpcWords(told('passed', 'L7OK', 'certificate ends soon'))).toEqual([
      `GRPC_CHECK for RS ${RS} VS [10.0.0.1]:tcp:80: certificate ends soon`,
    ]);
  });
});

it('what is wrong with a certificate is told when it brings a server down, and nothing else of TLS is', () => {
  const lines = (detail: string, change: Told['change']) =>
    certificateLines('SSL_GET', told('failed', 'L6RSP', detail, { change }));
  expect(lines('certificate is self-signed', 'down')).toEqual([
    `SSL_GET on service ${RS}: certificate is self-signed`,
  ]);
  expect(lines('no certificate', 'down')).toHaveLength(1);
  expect(lines('certificate is self-signed', null)).toEqual([]);
  expect(lines('ECONNRESET', 'down')).toEqual([]);
});
