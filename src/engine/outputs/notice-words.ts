/** What a notice says to each kind of listener. */
import type { Notice, ServerNotice } from '../../machines/signals.ts';

/** Arguments of a generic script after those of the configuration. */
export function scriptArguments({ scope, name, state, priority }: Notice): readonly string[] {
  return [scope, name, state, String(priority)];
}

export function fifoLine({ scope, name, state, priority }: Notice): string {
  return `${scope} "${name}" ${state} ${priority}\n`;
}

/** keepalived 2.4.3: ends with the line, without the NUL byte of earlier versions. */
export function serverFifoLine(notice: ServerNotice): string {
  const { scope, name, state } = notice;
  return scope === 'VS' ? `VS ${name} ${state}\n` : `RS ${name} ${notice.virtualServer} ${state}\n`;
}

/** Events that are no states: only their own script and the FIFOs hear of them. */
export function isState({ state }: Notice): boolean {
  return state in SUBJECTS;
}

const SUBJECTS: Readonly<Partial<Record<Notice['state'], string>>> = {
  MASTER: 'Entering MASTER state',
  BACKUP: 'Entering BACKUP state',
  FAULT: 'Entering FAULT state',
  STOP: 'Stopping',
  DELETED: 'Deleted',
};

const BODIES: Readonly<Record<Notice['scope'], Readonly<Partial<Record<Notice['state'], string>>>>> = {
  INSTANCE: {
    MASTER: '=> VRRP Instance is now owning VRRP VIPs <=',
    BACKUP: '=> VRRP Instance is no longer owning VRRP VIPs <=',
    FAULT: '=> VRRP Instance is no longer owning VRRP VIPs <=',
    STOP: '=> VRRP Instance stopping <=',
    DELETED: '=> VRRP Deleted at reload <=',
  },
  GROUP: {
    MASTER: '=> All VRRP group instances are now in MASTER state <=',
    BACKUP: '=> All VRRP group instances are now in BACKUP state <=',
    FAULT: '=> All VRRP group instances are now in FAULT state <=',
    STOP: '=> All VRRP group instances are now stopping <=',
  },
};

/** Subject (without the router's name) and body of its mail; null: none is sent about it. */
export function mailWords({ scope, name, state }: Notice): { subject: string; body: string } | null {
  const body = BODIES[scope][state];
  if (body === undefined) return null;
  const what = scope === 'GROUP' ? 'VRRP Group' : 'VRRP Instance';
  return { subject: `${what} ${name} - ${SUBJECTS[state]}`, body };
}
