/** Network namespaces, a process inside one, and a capture on a link, for the tests of what touches the kernel. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ChildPush, ChildRequest } from './kernel-child.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 10_000;

/** Builds the addon if need be; everything here loads it. */
export function buildAddon(): void {
  execFileSync('sh', [`${ROOT}native/build.sh`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export interface Namespace {
  readonly name: string;
  /** `ip -n NAME ...`; returns what it prints. */
  ip(...args: string[]): string;
  /** Commands of one `ip -batch`. */
  batch(commands: readonly string[]): void;
  /** IPv4 addresses of an interface, `10.0.0.1/24`. */
  held(interfaceName: string): string[];
  mac(interfaceName: string): string;
  /** Starts a process inside; the caller ends it. */
  spawn(command: string, args: readonly string[]): ChildProcess;
  delete(): void;
}

interface AddressJson {
  readonly address?: string;
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/** `relived-<pid>-<name>`, loopback up. */
export function createNamespace(label: string): Namespace {
  const name = `relived-${process.pid}-${label}`;
  execFileSync('ip', ['netns', 'add', name]);
  const ip = (...args: string[]): string => execFileSync('ip', ['-n', name, ...args], { encoding: 'utf8' });
  const show = (interfaceName: string): AddressJson =>
    (JSON.parse(ip('-j', 'addr', 'show', 'dev', interfaceName)) as AddressJson[])[0] ?? {};
  ip('link', 'set', 'lo', 'up');
  return {
    name,
    ip,
    batch: (commands) => {
      execFileSync('ip', ['-n', name, '-batch', '-'], { input: `${commands.join('\n')}\n` });
    },
    held: (interfaceName) =>
      (show(interfaceName).addr_info ?? [])
        .filter(({ family }) => family === 'inet')
        .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    mac: (interfaceName) => show(interfaceName).address ?? '',
    spawn: (command, args) => spawn('ip', ['netns', 'exec', name, command, ...args], { cwd: ROOT }),
    delete: () => {
      execFileSync('ip', ['netns', 'del', name]);
    },
  };
}

/** A cable between two namespaces, both ends up. */
export function connect(a: Namespace, nameA: string, b: Namespace, nameB: string): void {
  a.ip('link', 'add', nameA, 'type', 'veth', 'peer', 'name', nameB, 'netns', b.name);
  a.ip('link', 'set', nameA, 'up');
  b.ip('link', 'set', nameB, 'up');
}

/** Resolves with the first value that is not undefined, looked for every 20 ms until a deadline. */
export async function waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** Ends a process and waits until it is gone. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  await ended(child);
  clearTimeout(late);
}

export interface KernelChild {
  /** Everything pushed so far. */
  readonly pushes: readonly ChildPush[];
  ask(request: ChildRequest): Promise<unknown>;
  /** Waits for the process to end by itself after its input has ended; resolves with its exit code. */
  close(): Promise<number | null>;
}

/** Starts kernel-child.ts inside a namespace. */
export function startChild(namespace: Namespace): KernelChild {
  const child = namespace.spawn(process.execPath, [`${ROOT}test/netns/kernel-child.ts`]);
  const pushes: ChildPush[] = [];
  const answers = new Map<number, (line: { result?: unknown; error?: string }) => void>();
  let nextId = 1;
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += String(chunk);
  });
  createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
    const message = JSON.parse(line) as { id?: number } & ChildPush;
    if (message.id === undefined) pushes.push(message);
    else answers.get(message.id)?.(message as { result?: unknown; error?: string });
  });
  child.once('exit', (code, signal) => {
    for (const answer of answers.values())
      answer({ error: `the process ended: ${code ?? signal}\n${complaints}` });
  });
  return {
    pushes,
    ask: (request) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        answers.set(id, ({ result, error }) => {
          answers.delete(id);
          if (error === undefined) resolve(result);
          else reject(new Error(error));
        });
        child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
      }),
    async close() {
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
      await ended(child);
      clearTimeout(late);
      if (child.exitCode !== 0) throw new Error(`the process ended with ${child.exitCode}: ${complaints}`);
      return child.exitCode;
    },
  };
}

export interface Capture {
  /** Frames so far, in hexadecimal. */
  readonly frames: readonly string[];
  stop(): Promise<void>;
}

const PCAP_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

/** Records the frames that arrive at an interface and match a filter. Resolves when it hears. */
export async function capture(namespace: Namespace, interfaceName: string, filter: string): Promise<Capture> {
  const args = ['-i', interfaceName, '-U', '--immediate-mode', '-Q', 'in', '-w', '-', filter];
  const child = namespace.spawn('tcpdump', args);
  const frames: string[] = [];
  let heard = '';
  let bytes = Buffer.alloc(0);
  let at = PCAP_HEADER_LENGTH;
  child.stderr?.on('data', (chunk) => {
    heard += String(chunk);
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= at + RECORD_HEADER_LENGTH) {
      const length = bytes.readUInt32LE(at + 8);
      if (bytes.length < at + RECORD_HEADER_LENGTH + length) break;
      frames.push(
        bytes.subarray(at + RECORD_HEADER_LENGTH, at + RECORD_HEADER_LENGTH + length).toString('hex'),
      );
      at += RECORD_HEADER_LENGTH + length;
    }
  });
  await waitFor('tcpdump to listen', () => (heard.includes('listening on') ? true : undefined));
  return { frames, stop: () => stop(child) };
}
