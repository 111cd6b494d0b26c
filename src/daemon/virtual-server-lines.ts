/** Rows of virtual servers as the log lines of keepalived 2.4.3. */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import type { JournalRow } from '../engine/types.ts';
import type { ServerNotice } from '../machines/signals.ts';
import {
  gainThreshold,
  lossThreshold,
  type VirtualServerContext,
} from '../machines/virtual-server/virtual-server.context.ts';
import type { TableError, TableEvent } from '../machines/virtual-server/virtual-server.events.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import type { ServicePlan } from '../protocol/ipvs/plan.ts';
import type { JsonObject } from '../protocol/json.ts';

interface Virtual {
  readonly context: VirtualServerContext;
  readonly quorum: string;
  readonly isSuspended: boolean;
}

/** Remembers what each of them was. */
export class VirtualServerLines {
  readonly #virtuals = new Map<string, Virtual>();

  /** Whether the real servers of the one of this name are not probed now. */
  isSuspended(name: string): boolean {
    return this.#virtuals.get(`virtual/${name}`)?.isSuspended ?? false;
  }

  of(row: JournalRow): readonly string[] {
    const { actor, event } = row;
    const before = this.#virtuals.get(actor);
    const context = { ...before?.context, ...row.delta } as unknown as VirtualServerContext;
    const { table, quorum, checks } = row.state as JsonObject;
    // It is heard of no more.
    if (table === 'withdrawn' && quorum === 'ended') this.#virtuals.delete(actor);
    else this.#virtuals.set(actor, { context, quorum: String(quorum), isSuspended: checks === 'suspended' });
    const { name } = context.input;
    switch (event.type) {
      case 'virtual.removed':
        return [`Removing Virtual Server ${titleOf(name)}`];
      case 'virtual.reconfigured':
        return [
          ...groupLines(before?.context.input, context.input),
          ...noticeLines(row, context, before?.quorum === 'idle'),
        ];
      case 'address.found':
      case 'address.lost':
        return row.effects.length === 0 ? [] : activityLines(context, event.type === 'address.found');
      case 'table.applied':
      case 'table.refused':
      case 'table.drifted':
        return tableLines(name, event as unknown as TableEvent);
      default:
        return noticeLines(row, context, before?.quorum === 'idle');
    }
  }
}

/** What a reload takes from a group and puts into it. */
function groupLines(before: VirtualServerInput | undefined, { name, service }: VirtualServerInput): string[] {
  const group = /^\[(.*)\]:\d+$/.exec(name)?.[1];
  if (before === undefined || group === undefined) return [];
  const [from, to] = [entriesOf(before.service), entriesOf(service)];
  const gone = [...from].filter(([key]) => !to.has(key)).map(([, entry]) => entry);
  const come = [...to].filter(([key]) => !from.has(key)).map(([, entry]) => entry);
  return [
    // keepalived's own words: of one that goes the mark stands alone.
    ...gone.map((entry) => `VS [${entry.replace('FWM ', '')}] in group ${group} no longer exists`),
    ...come.map((entry) => `VS [${entry}] added into group ${group}`),
  ];
}

/** As keepalived writes them; a mark stands for both families at once. */
function entriesOf({ ranges }: ServicePlan): ReadonlyMap<string, string> {
  return new Map(
    ranges.map((range) => {
      if ('fwmark' in range) return [`${range.fwmark}`, `FWM ${range.fwmark}`];
      const { first, last, port, protocol } = range;
      const entry = `[${first}]:${protocol.toLowerCase()}:${port}${last === undefined ? '' : `-${last}`}`;
      return [entry, entry];
    }),
  );
}

/** keepalived has a line for each checker. */
function activityLines({ input }: VirtualServerContext, isActive: boolean): readonly string[] {
  const verb = isActive ? 'Activating' : 'Suspending';
  const names = input.realServers.map(({ actor }) => actor.slice(actor.lastIndexOf('/') + 1));
  return names.map((name) => `${verb} healthchecker for service ${name} for VS ${input.name}`);
}

function noticeLines(
  { effects }: JournalRow,
  context: VirtualServerContext,
  isStart: boolean,
): readonly string[] {
  const effect = effects.find(({ type }) => type === 'notify');
  const notice = effect?.params as unknown as ServerNotice | undefined;
  if (notice === undefined || notice.stopping) return [];
  return notice.state === 'UP' ? gainedLines(context, isStart) : lostLines(context, isStart);
}

function gainedLines(context: VirtualServerContext, isStart: boolean): readonly string[] {
  const { name, quorum, hysteresis, sorryServer: sorry } = context.input;
  const sum = `${quorum}+${hysteresis}=${gainThreshold(context)} <= ${context.liveWeight}`;
  const gained = `Gained quorum ${sum} for VS ${name}`;
  // Nobody has served in place of the real servers yet.
  if (sorry === null || isStart) return [gained];
  const verb = sorry.inhibit === true ? 'Disabling' : 'Removing';
  const pool = `Adding alive servers to the pool for VS ${name}`;
  return [gained, `${verb} sorry server ${sorry.name} from VS ${name}`, pool];
}

function lostLines(context: VirtualServerContext, isStart: boolean): readonly string[] {
  const { name, quorum, hysteresis, sorryServer: sorry } = context.input;
  const sum = `${quorum}-${hysteresis}=${lossThreshold(context)} > ${context.liveWeight}`;
  const lost = `${isStart ? 'Starting with quorum down' : 'Lost quorum'} ${sum} for VS ${name}`;
  if (sorry === null) return [lost];
  const verb = sorry.inhibit === true ? 'Enabling' : 'Adding';
  const pool = `Removing alive servers from the pool for VS ${name}`;
  return [lost, `${verb} sorry server ${sorry.name} to VS ${name}`, pool];
}

function tableLines(name: string, event: TableEvent): readonly string[] {
  if (event.type === 'table.drifted') {
    const { missing, changed, unwanted, entries } = event;
    const counts = `${missing} missing, ${changed} changed, ${unwanted} unwanted`;
    return [`IPVS entries of VS ${name} were changed by somebody else (${counts}): ${entries.join(', ')}`];
  }
  return (event.errors ?? []).map(errorLine);
}

/** What keepalived says of an error in place of the system. */
const MEANINGS: Readonly<Record<string, string>> = {
  'IP_VS_SO_SET_ADD(1154) EEXIST': 'Service already exists',
  'IP_VS_SO_SET_ADD(1154) ENOENT': 'Scheduler or persistence engine not found',
  'IP_VS_SO_SET_EDIT(1155) ENOENT': 'Scheduler or persistence engine not found',
  'IP_VS_SO_SET_ADDDEST(1159) EEXIST': 'Destination already exists',
  'IP_VS_SO_SET_EDITDEST(1161) ENOENT': 'No such destination',
  'IP_VS_SO_SET_DELDEST(1160) ENOENT': 'No such destination',
  'IP_VS_SO_SET_STARTDAEMON(1163) EEXIST': 'Daemon has already run',
  'IP_VS_SO_SET_STOPDAEMON(1164) ESRCH': 'No daemon is running',
  ESRCH: 'No such service',
  EPERM: 'Permission denied (you must be root)',
  EINVAL: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
  ENOPROTOOPT: 'Protocol not available',
  ENOMEM: 'Memory allocation problem',
  EOPNOTSUPP: 'Operation not supported with IPv6',
  EAFNOSUPPORT: 'Operation not supported with specified address family',
  EMSGSIZE: 'Module is wrong version',
};

function errorLine({ command, error, entry }: TableError): string {
  const number = (constants.errno as Readonly<Record<string, number>>)[error] ?? 0;
  const meaning =
    MEANINGS[`${command} ${error}`] ?? MEANINGS[error] ?? getSystemErrorMessage(-number) ?? error;
  const where = entry === '' ? '' : ` (${entry.replaceAll(/[[\]]/g, '')})`;
  return `IPVS cmd ${command} error: ${meaning}(${number})${where}`;
}

/** The same of what IPVS has once. */
export function ipvsLines({ kind, event }: JournalRow): readonly string[] {
  if (kind === 'start') return [];
  const command = String(event.command);
  // keepalived does not ask again.
  if (event.type === 'ipvs.accepted') return [`IPVS cmd ${command} is done, which was refused before`];
  if (event.type !== 'ipvs.refused') return [];
  return [errorLine({ command, error: String(event.error), entry: '' })];
}

/** keepalived: a group goes by its name alone, without the number that it has among those that share it. */
function titleOf(name: string): string {
  return name.replace(/^(\[.*\]):\d+$/, 'Group $1');
}
