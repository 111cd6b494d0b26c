/** Names of this machine and of who is on it. */
import os from 'node:os';

const LOOK_UP_MS = 2_000;

function answer(command: string, ...args: readonly string[]): string {
  const { status, stdout } = process
    .getBuiltinModule('node:child_process')
    .spawnSync(command, args, { encoding: 'utf8', timeout: LOOK_UP_MS });
  return status === 0 ? stdout.trim() : '';
}

/** Every group of a user, its own first; none if there is no such user. */
export function groupsOf(user: string): readonly number[] {
  return answer('id', '-G', '--', user)
    .split(' ')
    .filter((number) => /^[0-9]+$/.test(number))
    .map(Number);
}

let hostName: string | null = null;

/** The full name of this host, as its resolver has it; else the short one. Asked once: a resolver may take its time. */
export function fullHostName(): string {
  hostName ??= canonicalName(os.hostname());
  return hostName;
}

function canonicalName(name: string): string {
  const canonical = answer('getent', 'ahosts', '--', name).split('\n')[0]?.trim().split(/\s+/)[2];
  return canonical || name || 'localhost';
}

/** Name of the user that this process runs as. */
export function ownUserName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
