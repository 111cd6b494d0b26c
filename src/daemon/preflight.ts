/** Everything that can be known to be wrong before a packet leaves: one clear line each, and nothing is changed. */

import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { interfaceInfo, openPacketSocket } from '../../native/index.ts';
import { closeSocket } from '../../native/socket.ts';
import { vrrpActors } from '../config/actors.ts';
import type { Config } from '../config/model.ts';
import { DEFAULT_JOURNAL } from './options.ts';
import { StartError } from './start-error.ts';

const EXIT_FATAL = 1;
const EXIT_CONFIG = 2;
const EXIT_PERMISSION = 4;

/** @throws StartError without the privilege to send. The Linux kernel takes its time to close such a socket. */
export function checkPrivilege(): void {
  try {
    closeSocket(openPacketSocket());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EPERM' || code === 'EACCES') {
      throw new StartError(
        'not allowed to open raw sockets: run as root or with CAP_NET_RAW and CAP_NET_ADMIN',
        EXIT_PERMISSION,
      );
    }
    throw new StartError(message, EXIT_FATAL);
  }
}

/** @throws StartError without an interface that the configuration names. */
export function checkInterfaces(config: Config): void {
  if (config.tree.global_defs[0]?.dynamic_interfaces) return;
  for (const { input } of vrrpActors(config)) {
    const made = new Set(input.devices.map(({ name }) => name));
    const bases = input.devices.map(({ base }) => base);
    const names = new Set([...bases, ...input.addresses.map((vip) => vip.interface)]);
    // Unicast may do without.
    if (input.interface !== '') names.add(input.interface);
    for (const name of names) {
      if (made.has(name)) continue;
      if (interfaceInfo(name) === null) {
        throw new StartError(`(${input.name}) interface ${name} does not exist`, EXIT_CONFIG);
      }
    }
  }
}

/**
 * The default directory is made; any other must have a parent, since a mistyped path should not become a journal.
 * A directory that exists and cannot be written is no reason not to start: history is lost, failover is not.
 * @throws StartError if there is no place for a journal
 */
export async function checkJournalDirectory(directory: string): Promise<void> {
  const parent = dirname(directory);
  if (directory.startsWith(DEFAULT_JOURNAL))
    await mkdir(parent, { recursive: true, mode: 0o755 }).catch(() => {});
  const found = await stat(directory).catch(() => null);
  if (found !== null && !found.isDirectory()) {
    throw new StartError(`journal ${directory} is not a directory`, EXIT_FATAL);
  }
  if (found !== null) return;
  await access(parent, constants.F_OK).catch(() => {
    throw new StartError(`journal directory ${directory}: ${parent} does not exist`, EXIT_FATAL);
  });
}
