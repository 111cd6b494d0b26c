/** What mails say of a quorum, in keepalived's words: it writes a sum of both kinds, and a comparison of one. */
import type { ServerMail } from '../signals.ts';
import { gainThreshold, lossThreshold, type VirtualServerContext } from './virtual-server.context.ts';

type Known = Pick<VirtualServerContext, 'input' | 'liveWeight'>;

function mailAs({ input }: Known, state: 'UP' | 'DOWN', body: string): ServerMail | null {
  return input.mails === true ? { subject: `Virtualserver ${input.name} - ${state}`, body } : null;
}

const WORDS = {
  change: { UP: 'Gained quorum', DOWN: 'Lost quorum' },
  start: { UP: 'Starting with quorum up', DOWN: 'Starting with quorum down' },
} as const;

/** null: none is wanted. `liveWeight`: what is left of it. */
export function quorumMail(
  context: Known,
  state: 'UP' | 'DOWN',
  when: keyof typeof WORDS,
  liveWeight = context.liveWeight,
): ServerMail | null {
  const { quorum, hysteresis } = context.input;
  const threshold = state === 'UP' || when === 'start' ? gainThreshold(context) : lossThreshold(context);
  const sum = `${quorum}+${hysteresis}=${threshold} <= ${liveWeight}`;
  return mailAs(context, state, `=> ${WORDS[when][state]} ${sum} <=`);
}

export function stopMail(context: Known): ServerMail | null {
  return context.input.notifiesStop ? mailAs(context, 'DOWN', '=> Shutting down <=') : null;
}
