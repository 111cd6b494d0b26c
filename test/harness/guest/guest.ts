/**
 * A Linux kernel of its own for a command: user-mode Linux, an ordinary process of the host. It has what the host's kernel
 * may lack (ipvlan, VRF, VLAN, dummy, netem, IPVS). The guest sees the host's files, can write to none of them, and has
 * its own /run in memory, temporary directory included. It has one processor, and system calls and page faults take ten
 * times as long as on the host: it is there after two seconds, Node after one more, a router after six.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crash, identifyChild } from '../../../src/lab/process.ts';
import { relived } from '../../../src/lab/routers.ts';
import { type CommandResult, LabError, run } from '../../../src/lab/run.ts';
import { instanceConfiguration } from '../configuration.ts';
import { withLan } from '../lan.ts';
import { removeInTheEnd, temporaryDirectory } from '../leftovers.ts';
import { RouterProcess } from '../router.ts';

const KERNEL = 'linux.uml';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const INIT = here('init.sh');
const PLAYER = here('play.ts');
/** Where Node keeps compiled modules; guests only read it. */
const CACHE = here('../../../build/guest-cache');
const WARM_UP_MS = 60_000;

const MEMORY_MB = 1024;
/** For the start and the end of the guest. */
const MARGIN_MS = 20_000;
const CONSOLE_TAIL_CHARACTERS = 2_000;

export interface GuestOptions {
  /** Milliseconds until the command is ended in the guest; the guest itself ends a little later at the latest. */
  readonly timeoutMs: number;
}

export interface StoryOptions extends GuestOptions {
  /** What the story is called with, as JSON. */
  readonly argument?: unknown;
}

export interface GuestResult extends CommandResult {
  /** What a story gave; null if it gave nothing. */
  readonly told: string | null;
}

/** Why no guest can run here; null if one can. */
export function guestIsMissing(): string | null {
  const directories = `${process.env.PATH}:/usr/sbin:/sbin`.split(delimiter);
  const packages = { [KERNEL]: 'user-mode-linux', modprobe: 'kmod' };
  const missing = Object.entries(packages)
    .filter(([program]) => !directories.some((directory) => isExecutable(join(directory, program))))
    .map(([, name]) => name);
  return missing.length === 0
    ? null
    : `no guest can run here without the Debian packages ${missing.join(', ')}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Has the host's Node compile a router's modules, which takes a guest three times as long as to load them. For beforeAll
 * of tests whose guests start relived.
 */
export function warmUp(): Promise<void> {
  return withLan({ hosts: ['a'] }, async (lan) => {
    const router = await RouterProcess.start(lan, 'a', {
      program: relived,
      configuration: instanceConfiguration({
        version: 3,
        priority: 100,
        virtualAddresses: ['10.77.0.100/24'],
      }),
      directory: temporaryDirectory('warm-up'),
      environment: { NODE_COMPILE_CACHE: CACHE },
    });
    await router.waitForLog('Startup complete');
    await router.stop();
  });
}

/** Runs a story in a guest of its own: an exported function whose result is JSON. */
export async function playInGuest<T>(module: URL, story: string, options: StoryOptions): Promise<T> {
  const argv = [process.execPath, '--disable-warning=ExperimentalWarning', PLAYER, fileURLToPath(module)];
  mkdirSync(CACHE, { recursive: true });
  await run(['env', `NODE_COMPILE_CACHE=${CACHE}`, ...argv], { timeoutMs: WARM_UP_MS });
  const { code, stdout, stderr, told } = await runInGuest(
    [...argv, story, '/run/files/told', JSON.stringify(options.argument ?? null)],
    options,
  );
  if (told === null)
    throw new LabError(`${story} has told nothing, exit status ${code}\n${stdout}\n${stderr}`);
  return JSON.parse(told);
}

/**
 * Runs `argv` as root of a guest of its own that is gone afterwards. Throws LabError with the end of the guest's console
 * if the guest itself did not come to its end.
 */
export async function runInGuest(argv: readonly string[], { timeoutMs }: GuestOptions): Promise<GuestResult> {
  const files = temporaryDirectory('guest');
  try {
    copyFileSync(INIT, join(files, 'init'));
    chmodSync(join(files, 'init'), 0o755);
    writeFileSync(join(files, 'command'), script(argv, timeoutMs));
    await boot(files, timeoutMs + MARGIN_MS);
    const code = read(join(files, 'status'));
    if (code === null) {
      const said = read(join(files, 'console')) ?? '';
      throw new LabError(`the guest came to no end:\n${said.slice(-CONSOLE_TAIL_CHARACTERS)}`);
    }
    return {
      code: Number(code),
      stdout: read(join(files, 'output')) ?? '',
      stderr: read(join(files, 'errors')) ?? '',
      told: read(join(files, 'told')),
    };
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What bin/relived runs: the host looks at the times of all sources, for which a guest takes half a second. */
function programHere(): 'bundle' | 'sources' {
  const env = { ...process.env, root: here('../../..') };
  const look = '. "$root/scripts/launch.sh" && bundle_is_current';
  return spawnSync('sh', ['-c', look], { env }).status === 0 ? 'bundle' : 'sources';
}

/** What the guest runs. Past its time the command gets SIGTERM, and SIGKILL five seconds later. */
function script(argv: readonly string[], timeoutMs: number): string {
  const variables = {
    PATH: process.env.PATH ?? '',
    HOME: '/root',
    LANG: 'C.UTF-8',
    TMPDIR: '/run/tmp',
    NODE_COMPILE_CACHE: CACHE,
    RELIVED_GUEST: '1',
    RELIVED_PROGRAM: programHere(),
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `cd ${quoted(process.cwd())}`,
    `exec timeout -k 5 ${Math.ceil(timeoutMs / 1000)} ${argv.map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

/**
 * Resolves when the guest has ended, by itself or at the deadline. Its processes are children of the kernel's, and would go
 * on as processes of the host if that one died before them.
 */
async function boot(files: string, deadlineMs: number): Promise<void> {
  const log = openSync(join(files, 'console'), 'w');
  const child = spawn(
    KERNEL,
    [
      ...[`mem=${MEMORY_MB}M`, 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${join(files, 'init')}`],
      ...[`guest_files=${files}`, `uml_dir=${files}`],
      ...['con=null', 'con0=null,fd:2', 'ssl=null', 'quiet'],
      // Each of 256 pseudo terminals of the old kind would cost 30 ms.
      ...['pty.legacy_count=0', 'zswap.enabled=0'],
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  const identity = identifyChild(child.pid ?? 0);
  if (identity === null) return ended;
  removeInTheEnd({ kind: 'family', identity });
  const late = setTimeout(() => void crash(identity), deadlineMs);
  await ended;
  clearTimeout(late);
}
