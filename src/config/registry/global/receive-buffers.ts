/** vrrp_rx_bufs_policy: how large the buffers of advert sockets are. */
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { lenient } from '../corrected-kinds.ts';
import type { Kind } from '../spec.ts';

const LARGEST = 4_294_967_295;

/** By the MTU of the interface, by the size of an advert, or bytes. */
export type ReceiveBuffers = 'MTU' | 'ADVERT' | number;

/** Several words may stand there: a number counts more than MTU, and that more than ADVERT. */
export function receiveBuffers(): Kind<ReceiveBuffers> {
  return lenient({
    arguments: 'MTU|ADVERT|BYTES',
    range: `BYTES 0 to ${LARGEST}; upper or lower case`,
    unit: '',
    choices: ['MTU', 'ADVERT'],
    secret: false,
    read: readPolicy,
    format: (value) => String(value),
  });
}

function readPolicy(args: Arguments): ReceiveBuffers | null {
  let policy: ReceiveBuffers | null = null;
  for (const word of args.rest()) {
    const name = word.text.toUpperCase();
    const bytes = /^\+?[0-9]+$/.test(word.text) ? Number(word.text) : null;
    const one: ReceiveBuffers | null = name === 'MTU' || name === 'ADVERT' ? name : bytes;
    if (one === null || (typeof one === 'number' && one > LARGEST)) {
      const message = `${quoted(args.keyword)} must be MTU, ADVERT or bytes up to ${LARGEST}, not ${quoted(word)}`;
      return args.ignored(one === null ? 'invalid-choice' : 'number-out-of-range', word, message);
    }
    if (policy !== null && policy !== one) {
      const message = `${quoted(args.keyword)} takes one policy: bytes count more than MTU, and MTU more than ADVERT`;
      args.report('warning', 'conflicting-options', word, message);
    }
    if (rank(one) >= rank(policy)) policy = one;
  }
  return policy;
}

function rank(policy: ReceiveBuffers | null): number {
  if (policy === null) return 0;
  return policy === 'ADVERT' ? 1 : policy === 'MTU' ? 2 : 3;
}
