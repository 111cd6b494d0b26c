/** GRPC_CHECK of servers that break off, break the protocol or do not end: a verdict in time, its reason, few bytes. */
import { createServer, type Socket } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  field,
  frame,
  goAway,
  PADDED,
  reset,
  SETTINGS,
  SETTINGS_ACK,
  STATUS_200,
} from '../../../test/harness/http2-frames.ts';
import { flood, localServers } from '../../../test/harness/local-servers.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { grpcProbe } from './grpc-probe.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { Verdict } from './verdict.ts';

const TIMEOUT_US = 300_000;
const MARGIN_MS = 1_500;
/** Connection, answer, and the last step of it. */
const LONGEST_MS = (3 * TIMEOUT_US) / 1000 + MARGIN_MS;
/** What the kernel keeps for a connection that nobody reads, and what is read at once. */
const MOST_BYTES = 32 * 1024 * 1024;

const { listening } = localServers();

function probed(port: number): Promise<Verdict> {
  return lastValueFrom(
    grpcProbe(new TlsIdentityStore(NO_TLS_FILES).context)({
      ...{ kind: 'grpc', address: '127.0.0.1', port, timeoutUs: TIMEOUT_US, service: '', tls: null },
      origin: { source: '', sourcePort: 0, device: '', mark: 0 },
      authority: `127.0.0.1:${port}`,
    }),
  );
}

interface Probed {
  readonly verdict: Verdict;
  readonly tookMs: number;
  readonly sentBytes: number;
}

/** What becomes of a probe of a server that does this once it has been asked. */
async function probedBy(answer: (connection: Socket) => void): Promise<Probed> {
  let accepted: Socket | null = null;
  const port = await listening(
    createServer((connection) => {
      accepted = connection;
      connection.once('data', () => answer(connection));
    }),
  );
  const began = performance.now();
  const verdict = await probed(port);
  const sentBytes = (accepted as Socket | null)?.bytesWritten ?? 0;
  return { verdict, tookMs: performance.now() - began, sentBytes };
}

const saying = (...frames: Uint8Array[]) => probedBy((connection) => connection.write(Buffer.concat(frames)));
const failed = (code: string, detail: unknown): Verdict => ({
  outcome: 'failed',
  code,
  detail: detail as string,
});

const TYPE = field('content-type', 'application/grpc');
const HEADER = frame(FRAME.headers, END_HEADERS, 1, Buffer.concat([STATUS_200, TYPE]));
const MESSAGE = frame(FRAME.data, 0, 1, Buffer.from('00000000020801', 'hex'));
const trailers = (...fields: Uint8Array[]) =>
  frame(FRAME.headers, END_HEADERS | END_STREAM, 1, Buffer.concat(fields));
const GOOD_END = trailers(field('grpc-status', '0'));
const NOTHING = new Uint8Array(0);

it('a good answer of these frames passes', async () => {
  const { verdict } = await saying(SETTINGS, SETTINGS_ACK, HEADER, MESSAGE, GOOD_END);
  expect(verdict).toEqual({ outcome: 'passed', code: 'L7OK', detail: '' });
});

describe('a stream that is reset', () => {
  const CODES = [
    [1, 'PROTOCOL_ERROR'],
    [2, 'INTERNAL_ERROR'],
    [3, 'FLOW_CONTROL_ERROR'],
    [5, 'STREAM_CLOSED'],
    [7, 'REFUSED_STREAM'],
    [8, 'CANCEL'],
    [11, 'ENHANCE_YOUR_CALM'],
    [12, 'INADEQUATE_SECURITY'],
    [13, 'HTTP_1_1_REQUIRED'],
    [4_294_967_295, 'error 4294967295'],
  ] as const;

  it.each(CODES)('with code %i is a failure by that name, at once, whenever it comes', async (code, name) => {
    for (const before of [[], [HEADER], [HEADER, MESSAGE]]) {
      const { verdict, tookMs } = await saying(SETTINGS, ...before, reset(code));
      expect(verdict).toEqual(failed('L7RSP', `the stream was reset: ${name}`));
      expect(tookMs).toBeLessThan(MARGIN_MS);
    }
  });

  it('without an error is one, too, unless the answer was complete', async () => {
    const reasons = /^(no grpc-status|it closed before the end of its answer)$/;
    for (const before of [[], [HEADER], [HEADER, MESSAGE]]) {
      const { verdict, tookMs } = await saying(SETTINGS, ...before, reset(0));
      expect(verdict).toEqual(failed('L7RSP', expect.stringMatching(reasons)));
      expect(tookMs).toBeLessThan(MARGIN_MS);
    }
    const { verdict } = await saying(SETTINGS, HEADER, MESSAGE, GOOD_END, reset(0));
    expect(verdict.outcome).toBe('passed');
  });
});

describe('a session that goes away', () => {
  it.each([
    [1, 'PROTOCOL_ERROR'],
    [2, 'INTERNAL_ERROR'],
    [11, 'ENHANCE_YOUR_CALM'],
    [77, 'error 77'],
  ] as const)('with code %i is a failure by that name, at once', async (code, name) => {
    for (const before of [[], [HEADER], [HEADER, MESSAGE]]) {
      const { verdict, tookMs } = await saying(SETTINGS, ...before, goAway(code, 1, 'too_many_pings'));
      expect(verdict).toEqual(failed('L7RSP', `GOAWAY ${name}`));
      expect(tookMs).toBeLessThan(MARGIN_MS);
    }
  });

  it('in good order has served what it says it has', async () => {
    const served = await saying(SETTINGS, goAway(0), HEADER, MESSAGE, GOOD_END);
    expect(served.verdict.outcome).toBe('passed');
    const late = await saying(SETTINGS, HEADER, MESSAGE, GOOD_END, goAway(0));
    expect(late.verdict.outcome).toBe('passed');
    const refused = await saying(SETTINGS, goAway(0, 0));
    expect(refused.verdict).toMatchObject({ outcome: 'failed', code: 'L7RSP' });
    expect(refused.tookMs).toBeLessThan(MARGIN_MS);
  });
});

describe('a connection that ends', () => {
  const BEFORE = [
    ['at once', []],
    ['behind the settings', [SETTINGS]],
    ['behind the header', [SETTINGS, HEADER]],
    ['within a frame', [SETTINGS, HEADER, MESSAGE.subarray(0, 11)]],
    ['before the trailers', [SETTINGS, HEADER, MESSAGE]],
  ] as const;

  it.each(BEFORE)('by a reset %s is a failure, at once', async (_, frames) => {
    const { verdict, tookMs } = await probedBy((connection) =>
      connection.write(Buffer.concat([...frames, NOTHING]), () => connection.resetAndDestroy()),
    );
    expect(verdict).toEqual(failed('L7RSP', expect.stringMatching(/ECONNRESET|closed/)));
    expect(tookMs).toBeLessThan(MARGIN_MS);
  });

  it.each(BEFORE)('in good order %s is a failure, at once', async (_, frames) => {
    const { verdict, tookMs } = await probedBy((connection) => connection.end(Buffer.concat(frames)));
    expect(verdict).toEqual(failed('L7RSP', expect.stringMatching(/^it closed /)));
    expect(tookMs).toBeLessThan(MARGIN_MS);
  });
});

describe('an answer', () => {
  it('of trailers alone without a message is none', async () => {
    const only = await saying(SETTINGS, trailers(STATUS_200, TYPE, field('grpc-status', '0')));
    expect(only.verdict).toEqual(failed('L7RSP', 'no whole message'));
    const behind = await saying(SETTINGS, HEADER, GOOD_END);
    expect(behind.verdict).toEqual(failed('L7RSP', 'no whole message'));
    const half = frame(FRAME.data, 0, 1, Buffer.from('000000000208', 'hex'));
    const { verdict } = await saying(SETTINGS, HEADER, half, GOOD_END);
    expect(verdict).toEqual(failed('L7RSP', 'no whole message'));
  });

  it('that refuses with trailers alone says why', async () => {
    const { verdict } = await saying(
      SETTINGS,
      trailers(STATUS_200, TYPE, field('grpc-status', '14'), field('grpc-message', 'draining')),
    );
    expect(verdict).toEqual(failed('L7STS', 'grpc-status 14 UNAVAILABLE: draining'));
  });

  it('without a status is none, whatever the message says', async () => {
    const end = frame(FRAME.data, END_STREAM, 1, NOTHING);
    const { verdict } = await saying(SETTINGS, HEADER, MESSAGE, end);
    expect(verdict).toEqual(failed('L7RSP', 'no grpc-status'));
  });

  it('that drips, within frames or within words of the message, has the limit', async () => {
    const pieces = [MESSAGE, frame(FRAME.data, 0, 1, NOTHING), frame(FRAME.data, 0, 1, Uint8Array.of(0))];
    for (const piece of pieces) {
      const { verdict, tookMs } = await probedBy((connection) => {
        connection.write(Buffer.concat([SETTINGS, HEADER]));
        let at = 0;
        const timer = setInterval(() => connection.write(piece.subarray(at % piece.length, ++at)), 50);
        connection.once('close', () => clearInterval(timer));
      });
      expect(verdict.outcome).toBe('failed');
      expect(tookMs).toBeLessThan(LONGEST_MS);
    }
  });

  it('that drips from its first byte on has the limit', async () => {
    const { verdict, tookMs } = await probedBy((connection) => {
      let at = 0;
      const timer = setInterval(() => connection.write(SETTINGS.subarray(at % 9, (at++ % 9) + 1)), 40);
      connection.once('close', () => clearInterval(timer));
    });
    expect(verdict).toEqual(failed('L7TOUT', 'no answer'));
    expect(tookMs).toBeLessThan(LONGEST_MS);
  });
});

describe('an answer without end', () => {
  const big = (payload: Uint8Array, flags = 0) => frame(FRAME.data, flags, 1, payload);
  const padding = Buffer.alloc(256);
  padding[0] = 255;
  const many = (one: Uint8Array, count: number): Buffer =>
    Buffer.concat(Array.from({ length: count }, () => one));
  const header = frame(FRAME.headers, 0, 1, Buffer.concat([STATUS_200, TYPE]));
  const more = frame(FRAME.more, 0, 1, many(field('x', 'y'.repeat(100)), 100));
  const FLOODS = [
    ['a message of 1 GB', [HEADER, big(Buffer.from('0040000000', 'hex'))], big(Buffer.alloc(16_000)), true],
    ['messages', [HEADER], many(MESSAGE, 1_000), true],
    ['data that is only padding', [HEADER], many(big(padding, PADDED), 200), false],
    ['data of nothing', [HEADER], many(big(NOTHING), 1_000), false],
    ['one header', [header], more, true],
    ['headers of 1xx', [], many(frame(FRAME.headers, END_HEADERS, 1, field(':status', '103')), 100), true],
    ['frames of no known kind', [HEADER], many(frame(77, 0, 1, Buffer.alloc(1_000)), 100), false],
    ['trailers', [HEADER, MESSAGE], many(frame(FRAME.headers, END_HEADERS, 1, field('a', 'b')), 100), true],
    ['another stream', [HEADER], many(frame(FRAME.data, 0, 3, Buffer.alloc(100)), 100), true],
  ] as const;

  it.each(FLOODS)('%s', async (_, before, piece, isBounded) => {
    const { verdict, tookMs, sentBytes } = await probedBy((connection) => {
      connection.write(Buffer.concat([SETTINGS, ...before]));
      flood(connection, piece);
    });
    expect(verdict).toEqual(failed(expect.stringMatching(/^L7/) as never, expect.stringMatching(/./)));
    expect(tookMs).toBeLessThan(LONGEST_MS);
    if (isBounded) expect(sentBytes).toBeLessThan(MOST_BYTES);
  });
});

it('anything in place of HTTP/2, and any frames, get a verdict in time', async () => {
  const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
  const random = new SeededRandom(seed);
  const bytes = (most: number) =>
    Buffer.from(Array.from({ length: random.integer(0, most) }, () => random.integer(0, 255)));
  for (let run = 0; run < 60; run++) {
    const frames = Array.from({ length: random.integer(1, 6) }, () =>
      frame(random.integer(0, 10), random.integer(0, 255), random.integer(0, 3), bytes(40)),
    );
    const answer = run % 2 === 0 ? [bytes(2_000)] : [SETTINGS, HEADER, ...frames];
    const { verdict, tookMs } = await probedBy((connection) => connection.end(Buffer.concat(answer)));
    const what = `seed ${seed}, run ${run}: ${verdict.code} ${verdict.detail}`;
    expect(verdict.outcome, what).toBe('failed');
    expect(verdict.code, what).toMatch(/^L7/);
    expect(verdict.detail, what).not.toBe('');
    expect(tookMs, what).toBeLessThan(LONGEST_MS);
  }
});
