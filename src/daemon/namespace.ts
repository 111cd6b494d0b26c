/** net_namespace and --namespace: the whole process in another network namespace, from before its first socket. */
import fs from 'node:fs';
import { join } from 'node:path';
import { bindPrivately, enterNetworkNamespace, unmount } from '../../native/process.ts';
import { PID_DIRECTORY } from './pid-file-places.ts';
import { StartError } from './start-error.ts';

/** Set once the process is where it shall be, to that namespace's name. */
export const NAMESPACE_VARIABLE = 'RELIVED_NAMESPACE';

const NAMESPACES = '/run/netns';
/** keepalived 2.4.3 ends with 0 there: a quirk that service managers have come to expect. */
const EXIT_OK = 0;

/**
 * Enters the namespace and starts this program again in place of itself, under the same process id: a namespace belongs to
 * a thread, and this process has several by now. Returns if it is there already. /run/keepalived/NAME takes the place of
 * /run/keepalived, so that files of several daemons do not collide.
 * @throws StartError with exit status 0 if there is no such namespace
 */
export function enterNamespace(name: string): void {
  if (process.env[NAMESPACE_VARIABLE] === name) return;
  try {
    enterNetworkNamespace(join(NAMESPACES, name));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`Unable to set network namespace ${name} - exiting: ${why}`, EXIT_OK);
  }
  hideRunDirectory(name);
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    ...process.env,
    [NAMESPACE_VARIABLE]: name,
  });
}

/** For a test of a configuration: this thread sees the interfaces that are there. False if there is no such namespace. */
export function lookIntoNamespace(name: string): boolean {
  try {
    enterNetworkNamespace(join(NAMESPACES, name));
    return true;
  } catch {
    return false;
  }
}

/** Without it the daemon runs all the same, as keepalived does: its pid files may then collide, which is noticed. */
function hideRunDirectory(name: string): void {
  const own = join(PID_DIRECTORY, name);
  try {
    fs.mkdirSync(own, { recursive: true, mode: 0o755 });
    bindPrivately(own, PID_DIRECTORY);
  } catch (error) {
    process.stderr.write(`relived: cannot mount ${own}: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** At the end: the directory that stood for /run/keepalived goes, unless somebody else has files in it. */
export function leaveRunDirectory(): void {
  const name = process.env[NAMESPACE_VARIABLE];
  if (name === undefined) return;
  try {
    unmount(PID_DIRECTORY);
    fs.rmdirSync(join(PID_DIRECTORY, name));
    // Others may have theirs there.
    fs.rmdirSync(PID_DIRECTORY);
  } catch {
    // Whatever is still there is in use.
  }
}
