/** GRPC_CHECK: what a server says of itself or of one of its services (grpc.health.v1.Health/Check). */
import { isIP } from 'node:net';
import { defer, type Observable, of } from 'rxjs';
import type { GrpcProbe } from '../../machines/checker/checker.input.ts';
import {
  GRPC_CODES,
  GrpcMessageReader,
  healthRequest,
  SERVING_STATUSES,
  servingStatus,
} from '../../protocol/grpc-health.ts';
import { type Http2Call, type Http2Judge, http2Call } from './http2-call.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsInspection } from './tls-inspection.ts';
import { unableTls, type Verdict } from './verdict.ts';

/** Of what a server says of the reason, which goes to a log. */
const LONGEST_REASON_CHARACTERS = 100;
/** An answer has a few bytes: connection and answer have the limit once each. */
const LONGEST_ANSWER_TIMEOUTS = 1;

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function grpcProbe(identity: TlsIdentity): (plan: GrpcProbe) => Observable<Verdict> {
  return (plan) =>
    defer(() => {
      let tls: Http2Call['tls'] = null;
      try {
        tls = tlsSide(plan, identity);
      } catch (error) {
        return of(unableTls(error as Error));
      }
      return http2Call({
        ...{ path: plan, tls, body: healthRequest(plan.service) },
        longestAnswerTimeouts: LONGEST_ANSWER_TIMEOUTS,
        headers: {
          ...{ ':method': 'POST', ':scheme': tls === null ? 'http' : 'https' },
          ...{ ':path': '/grpc.health.v1.Health/Check', ':authority': plan.authority },
          ...{ 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'KeepAliveClient' },
        },
        judge: new HealthJudge(),
      });
    });
}

function tlsSide({ tls }: GrpcProbe, identity: TlsIdentity): Http2Call['tls'] {
  if (tls === null) return null;
  const { serverName, demands } = tls;
  const isName = serverName !== '' && isIP(serverName) === 0;
  return { serverName: isName ? serverName : null, inspection: tlsInspection(demands, identity) };
}

class HealthJudge implements Http2Judge {
  readonly #reader = new GrpcMessageReader();
  #grpcStatus: Verdict | null | undefined;

  /** Who refuses at once says so in the header. */
  header(status: number, fields: Record<string, string | string[] | undefined>): Verdict | null {
    if (status !== 200) return failed('L7STS', `status ${status}`);
    const type = String(fields['content-type'] ?? '');
    if (!type.startsWith('application/grpc')) return failed('L7RSP', 'no answer of gRPC');
    return this.trailers(fields);
  }

  data(piece: Uint8Array): Verdict | null {
    try {
      this.#reader.take(piece);
      return null;
    } catch (error) {
      return refused(error);
    }
  }

  /** They come last, and what they say counts most. */
  trailers(fields: Record<string, string | string[] | undefined>): Verdict | null {
    const code = fields['grpc-status'];
    if (code === undefined) return null;
    this.#grpcStatus =
      code === '0' ? null : failed('L7STS', grpcReason(String(code), fields['grpc-message']));
    return this.#grpcStatus;
  }

  end(): Verdict {
    if (this.#grpcStatus === undefined) return failed('L7RSP', 'no grpc-status');
    const { message } = this.#reader;
    if (message === null) return failed('L7RSP', 'no whole message');
    try {
      const status = servingStatus(message);
      const name = SERVING_STATUSES[status] ?? `serving status ${status}`;
      return name === 'SERVING' ? { outcome: 'passed', code: 'L7OK', detail: '' } : failed('L7STS', name);
    } catch (error) {
      return refused(error);
    }
  }
}

function failed(code: string, detail: string): Verdict {
  return { outcome: 'failed', code, detail };
}

function refused(error: unknown): Verdict {
  if (!(error instanceof RangeError)) throw error;
  return failed('L7RSP', error.message);
}

/** `grpc-status 12 UNIMPLEMENTED: unknown service`. The text is the server's, percent-encoded. */
function grpcReason(code: string, message: string | string[] | undefined): string {
  const number = /^[0-9]{1,3}$/.test(code) ? Number(code) : -1;
  const name = GRPC_CODES[number];
  const what = number < 0 ? 'grpc-status is no number' : `grpc-status ${number}${name ? ` ${name}` : ''}`;
  const text = decoded(String(message ?? '')).slice(0, LONGEST_REASON_CHARACTERS);
  return text === '' ? what : `${what}: ${text}`;
}

function decoded(text: string): string {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // It is shown as it is.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a log
  return plain.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}
