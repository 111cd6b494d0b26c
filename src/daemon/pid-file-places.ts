/** Where pid files lie, which other programs and other daemons look for. */
import { join } from 'node:path';

/** keepalived's: what it starts with finds this daemon in its place, and the two never run both. */
export const RUN_DIRECTORY = '/run';
export const PID_DIRECTORY = '/run/keepalived';

export interface PidFilePlaces {
  readonly main: string;
  readonly vrrp: string;
}

export interface PidFileSettings {
  readonly pidFile: string | null;
  readonly vrrpPidFile: string | null;
  /** use_pid_dir, instance or net_namespace. */
  readonly usePidDirectory: boolean;
  /** Name of this program among several; null: the only one. */
  readonly instance: string | null;
}

/** keepalived 2.4.3 (main.c): options first, then the directory of its own, with the instance in the name. */
export function pidFilePlaces(settings: PidFileSettings): PidFilePlaces {
  const { pidFile, vrrpPidFile, usePidDirectory, instance } = settings;
  const directory = usePidDirectory || instance !== null ? PID_DIRECTORY : RUN_DIRECTORY;
  const place = (name: string): string =>
    join(directory, instance === null ? `${name}.pid` : `${name}_${instance}.pid`);
  return { main: pidFile ?? place('keepalived'), vrrp: vrrpPidFile ?? place('vrrp') };
}
