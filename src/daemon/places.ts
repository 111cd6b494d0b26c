/** Where this daemon's files are: what the command line says, else what the configuration says, else the usual places. */
import { join } from 'node:path';
import type { ConfigTree } from '../config/model.ts';
import { type DaemonOptions, DEFAULT_CONTROL, DEFAULT_JOURNAL } from './options.ts';
import { PID_DIRECTORY, type PidFilePlaces, pidFilePlaces, RUN_DIRECTORY } from './pid-file-places.ts';

/** What tells this daemon from others on the machine. */
export interface Identity {
  readonly instance: string | null;
  readonly namespace: string | null;
}

export interface Places {
  readonly pidFiles: PidFilePlaces;
  readonly journal: string;
  readonly control: string;
  /** What operators have ordered of real servers. */
  readonly orders: string;
  /** What addresses names of real servers had last. */
  readonly names: string;
  /** What the next start of this configuration sets before anything else (native/starter); null: nobody would find it. */
  readonly startPlan: string | null;
  /** Exists while the configuration is read; null: not asked for. */
  readonly reloadFile: string | null;
}

export function identityOf(options: Pick<DaemonOptions, 'namespace'>, tree: ConfigTree): Identity {
  return { instance: tree.instance, namespace: options.namespace ?? tree.net_namespace };
}

/** `_NAMESPACE_INSTANCE`, '' for the only daemon of a machine: as keepalived does for its log's name. */
export function suffixOf({ namespace, instance }: Identity): string {
  return [namespace, instance].map((part) => (part === null ? '' : `_${part}`)).join('');
}

export function placesOf(
  options: Pick<DaemonOptions, 'namespace' | 'pidFile' | 'vrrpPidFile' | 'journal' | 'control'>,
  tree: ConfigTree,
): Places {
  const identity = identityOf(options, tree);
  const suffix = suffixOf(identity);
  const usePidDirectory = tree.use_pid_dir || identity.namespace !== null || identity.instance !== null;
  const { pidFile, vrrpPidFile } = options;
  const journal = options.journal ?? DEFAULT_JOURNAL + suffix;
  const beside = journal.replace(/\/+$/, '');
  return {
    pidFiles: pidFilePlaces({ pidFile, vrrpPidFile, usePidDirectory, instance: identity.instance }),
    journal,
    orders: `${beside}.orders`,
    names: `${beside}.names`,
    startPlan: options.journal === null && suffix !== '' ? null : `${beside}.start`,
    control: options.control ?? DEFAULT_CONTROL.replace(/\.sock$/, `${suffix}.sock`),
    reloadFile: reloadFileOf(tree, usePidDirectory),
  };
}

function reloadFileOf(
  { global_defs: [globals], instance }: ConfigTree,
  usePidDirectory: boolean,
): string | null {
  const given = globals?.reload_file ?? null;
  if (given !== '') return given;
  const name = instance === null ? 'keepalived' : `keepalived_${instance}`;
  return join(usePidDirectory ? PID_DIRECTORY : RUN_DIRECTORY, `${name}.reload`);
}

/** File of the network namespace whose table is driven; null: that of the program. */
export function ipvsNamespace(name: string | null): string | null {
  if (name === null) return null;
  return name === '' ? MACHINE_NAMESPACE : `/run/netns/${name}`;
}

/** Whatever namespace the program has gone to since it was started. */
const MACHINE_NAMESPACE = '/proc/1/ns/net';
