/** A real keepalived in a network namespace, with files of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class LiveKeepalived {
  /** Everything it has logged. */
  log = '';
  readonly #directory: string;
  readonly #process: ChildProcess;

  /** `prefix` are the words that run a program inside the namespace. */
  constructor(prefix: readonly string[], configuration: string) {
    this.#directory = mkdtempSync(join(tmpdir(), 'relived-keepalived-'));
    const file = (name: string) => join(this.#directory, name);
    writeFileSync(file('keepalived.conf'), configuration, { mode: 0o644 });
    const [program = '', ...args] = prefix;
    const own = ['-n', '-l', '-D', '-P', '-f', file('keepalived.conf')];
    const pids = [
      '-p',
      file('main.pid'),
      '-r',
      file('vrrp.pid'),
      '-c',
      file('check.pid'),
      '-b',
      file('bfd.pid'),
    ];
    this.#process = spawn(program, [...args, 'keepalived', ...own, ...pids], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (data: Buffer) => {
        this.log += data.toString();
      });
  }

  /** Orderly end: it resigns first. */
  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** Power off: neither process gets to say anything. The parent must not see its child die, it would start another. */
  crash(): void {
    const vrrp = Number(readFileSync(join(this.#directory, 'vrrp.pid'), 'utf8'));
    this.#process.kill('SIGSTOP');
    process.kill(vrrp, 'SIGKILL');
    this.#process.kill('SIGKILL');
  }

  async remove(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGCONT');
      this.#process.kill('SIGTERM');
      const impatience = setTimeout(() => this.#process.kill('SIGKILL'), 8000);
      await exited;
      clearTimeout(impatience);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
