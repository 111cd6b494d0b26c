/** What made a router give mastership up, said once for its own side and once for that of the one that took over. */
import type { StoredRow } from '../../journal/model.ts';
import { formatDuration } from '../time.ts';
import { actorName, deletedObject, eventInWords, unknownDeleter } from '../words.ts';
import type { Verdict, Witness } from './model.ts';
import { trackedName, trackedResult } from './tracked.ts';

export interface Reason {
  /** On its own side, and on that of the other one. */
  readonly verdict: Verdict;
  readonly peerVerdict: Verdict;
  readonly what: string | null;
  /** Completes "r1 gave VI_1 up because ...". */
  readonly because: string;
  /** Completes "r2 took VI_1 over from r1, ...". */
  readonly which: string;
  /** Completes "what would have prevented it: ...". */
  readonly prevention: (node: string) => string;
  readonly unknown: string | null;
}

/** Members of a sync group that told each other; two are usual. */
const MOST_MEMBERS = 4;

function reason(verdict: Verdict, parts: Partial<Reason> & Pick<Reason, 'because' | 'prevention'>): Reason {
  return {
    ...{ verdict, peerVerdict: verdict, what: null, which: `because ${parts.because}`, unknown: null },
    ...parts,
  };
}

/** Null: the row is an advert that won, or nothing that explains an end of mastership. */
export function reasonOf(witness: Witness, row: StoredRow, depth = 0): Reason | null {
  if (row.kind === 'crash') return crashed(row);
  const { event } = row;
  switch (event.type) {
    case 'shutdown.requested':
      return stopped(String(event.reason));
    case 'instance.removed':
    case 'instance.reconfigured':
      return reconfigured(witness, row);
    case 'link.down': {
      const link = event.interface === undefined ? 'link' : `link ${String(event.interface)}`;
      return reason('link-cut', {
        what: link,
        because: `its ${link} went down`,
        which: `whose ${link} went down`,
        prevention: (node) => `the link of ${node} staying up, or a second path between the two`,
      });
    }
    case 'source.lost':
      return reason('source-lost', {
        what: 'source address',
        because: 'the address that it sends from was removed',
        which: 'which lost the address it sends from',
        prevention: (node) => `the source address of ${node} staying on its interface`,
        unknown: 'who removed the address: the Linux kernel does not tell',
      });
    case 'object.deleted':
      return event.own === true ? null : deleted(row);
    case 'device.deleted':
    case 'device.failed':
      return reason('object-deleted', {
        what: String(event.device ?? 'its device'),
        because: `its own device failed: ${eventInWords(event)}`,
        prevention: (node) => `the device of the instance staying on ${node}`,
      });
    case 'tracker.changed':
      return event.fault === true ? tracked(witness, row) : null;
    case 'group.decided':
      return depth < MOST_MEMBERS ? ofGroup(witness, row, depth) : null;
    case 'adverts.sendFailed':
      return reason('path-broken', {
        because: `its adverts could not leave: ${String(event.error)}`,
        which: `whose adverts could not leave: ${String(event.error)}`,
        prevention: (node) => `adverts of ${node} being able to leave`,
      });
    case 'self.leaseLost': {
      const length = formatDuration(Number(event.leaseUs) + Number(event.lateUs));
      return reason('own-stall', {
        peerVerdict: 'peer-stalled',
        what: 'event loop',
        because: `its statecharts did not run for ${length}, longer than its adverts are repeated without them`,
        which: `whose statecharts did not run for ${length}`,
        prevention: (node) => `the program on ${node} not being busy or hung for so long`,
      });
    }
    case 'worker.hung': {
      const length = formatDuration(Number(event.allowedUs));
      return reason('own-stall', {
        peerVerdict: 'peer-stalled',
        what: 'event loop',
        because: `its program did nothing for ${length}, and was killed by its watchdog`,
        which: `whose program did nothing for ${length}, and was killed by its watchdog`,
        prevention: (node) => `the program on ${node} not hanging`,
      });
    }
    case 'fault.found':
      return reason('other', {
        what: String(event.reason),
        because: `it has a fault: ${String(event.reason)}`,
        prevention: (node) => `${node} without this fault`,
      });
    default:
      return null;
  }
}

function crashed({ event, delta }: StoredRow): Reason {
  const error = String(delta.error ?? '');
  return reason('crashed', {
    peerVerdict: 'peer-crashed',
    what: event.type,
    because: `its statechart crashed on ${event.type}: ${error}`,
    which: `whose statechart crashed: ${error}`,
    prevention: () => 'a correction of the error in the statechart: its row names the event and the message',
  });
}

function stopped(why: string): Reason {
  if (why.startsWith('internal error')) {
    return reason('crashed', {
      peerVerdict: 'peer-crashed',
      what: why,
      because: `it ended itself in good order after an ${why}`,
      which: `which ended itself in good order after an ${why}`,
      prevention: (node) => `a correction of the error on ${node}: its log has the stack`,
    });
  }
  return reason('stopped', {
    peerVerdict: 'peer-stopped',
    what: why,
    because: `it was told to stop (${why})`,
    which: `which was stopped in good order (${why})`,
    prevention: (node) => `not stopping relived on ${node}`,
  });
}

function deleted({ event }: StoredRow): Reason {
  const what = deletedObject(event);
  return reason('object-deleted', {
    what: what.replace(/^the /, ''),
    because: `somebody deleted ${what}`,
    which: `because somebody deleted ${what} there`,
    prevention: (node) => `leaving ${what} alone: somebody or something on ${node} deleted it`,
    unknown: unknownDeleter(event),
  });
}

function tracked(witness: Witness, row: StoredRow): Reason {
  const what = trackedName(row.event);
  const how = `${what} failed${trackedResult(witness, row)}`;
  return reason('tracker-failed', {
    what,
    because: how,
    which: `which resigned because ${how}`,
    prevention: (node) => `${what} of ${node} staying well, or a weight for it instead of a fault`,
  });
}

/** An instance with another identity begins anew under its name. */
function reconfigured({ reader }: Witness, row: StoredRow): Reason {
  const input = reader.stateAt(row.actor, row.seq - 1)?.context.input as Record<string, unknown> | undefined;
  let change = 'took the instance out of the configuration';
  for (const later of reader.rows({ fromSeq: row.seq + 1, toSeq: row.seq + 50 })) {
    if (later.kind !== 'start' || !later.actor.startsWith('vrrp/')) continue;
    const now = later.delta.input as Record<string, unknown> | undefined;
    if (now?.name !== input?.name) continue;
    const keys = ['virtualRouterId', 'interface', 'family'].filter((key) => now?.[key] !== input?.[key]);
    const words = keys.map((key) => `${key} ${String(input?.[key])} -> ${String(now?.[key])}`);
    change = `made another virtual router of the instance (${words.join(', ') || 'another identity'})`;
  }
  if (row.event.type === 'instance.reconfigured') change = 'changed its configuration';
  return reason('reconfigured', {
    what: 'reload',
    because: `a reload ${change}`,
    which: `because a reload there ${change}`,
    prevention: (node) => `a reload on ${node} that leaves the instance as it is`,
  });
}

/** Which member made the sync group decide so, and why. */
function ofGroup(witness: Witness, row: StoredRow, depth: number): Reason | null {
  const member = memberBehind(witness, row);
  if (member === null || member.actor === row.actor) return null;
  const inner = reasonOf(witness, member, depth + 1);
  if (inner === null) return null;
  const through = `${actorName(member.actor)} of its sync group`;
  return {
    ...inner,
    because: `of ${through}: ${inner.because}`,
    which: `which gave up because of ${through}: ${inner.because}`,
  };
}

/** The row of a member that a decision of its sync group goes back to. */
export function memberBehind({ reader }: Witness, decided: StoredRow): StoredRow | null {
  const said = decided.cause === null ? null : reader.row(decided.cause);
  const row = said === null || said.cause === null ? null : reader.row(said.cause);
  return row?.actor.startsWith('vrrp/') === true ? row : null;
}
