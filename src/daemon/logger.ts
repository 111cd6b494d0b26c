/** Where log lines go: standard error in the foreground, the system log in the background. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Logger {
  log(line: string): void;
  close(): void;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ctime(3)'s form, as keepalived's console lines carry it: `Mon Nov 23 00:47:25 2026`. */
export function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${clock} ${date.getFullYear()}`;
}

function consoleLogger(): Logger {
  // A terminal that went away must not end a router.
  process.stderr.on('error', () => {});
  return {
    log: (line) => {
      process.stderr.write(`${timestamp(new Date())}: ${line}\n`);
    },
    close: () => {},
  };
}

/** logger(1) speaks to whatever system log there is; Node has no datagram Unix sockets of its own. */
function systemLogger(): Logger {
  const child: ChildProcess = spawn(
    'logger',
    ['--tag', 'relived', `--id=${process.pid}`, '--priority', 'daemon.info'],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  let usable = true;
  const give = () => {
    usable = false;
  };
  child.on('error', give);
  child.on('exit', give);
  child.stdin?.on('error', give);
  child.unref();
  return {
    log: (line) => {
      if (usable) child.stdin?.write(`${line}\n`);
    },
    close: () => child.stdin?.end(),
  };
}

export function createLogger(target: 'console' | 'system'): Logger {
  return target === 'console' ? consoleLogger() : systemLogger();
}
