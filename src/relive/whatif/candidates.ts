/** Configurations and versions of the program that a stretch of history can be lived again with. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { configuredActors } from '../../config/actors.ts';
import { readConfig } from '../../config/read.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { CliError, EXIT } from '../cli.ts';
import { machinesOf } from './changes.ts';
import { type Terms, UNCHANGED } from './terms.ts';

export interface Candidate {
  readonly name: string;
  /** For scripts: `RELIVE_CODE` or `RELIVE_CONFIG`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly terms: () => Promise<Terms>;
}

interface RecordedFiles {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The configurations that a journal tells of, in their order. */
export function recordedConfigurations(reader: JournalReader): Candidate[] {
  return reader
    .definitions()
    .filter(({ kind }) => kind === 'config')
    .map(({ name, sha256, body }) => ({
      name: `${name} (${sha256.slice(0, 8)})`,
      environment: {},
      terms: async () => termsOfFiles(name, body as unknown as RecordedFiles),
    }));
}

/** @throws CliError 1 if it cannot be read */
function termsOfFiles(name: string, body: RecordedFiles): Terms {
  const files = Array.isArray(body) ? (body as unknown as RecordedFiles['files']) : body.files;
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const source = {
    read: (path: string) => {
      const text = texts.get(path);
      return text === undefined ? { error: 'no such file', missing: true } : { text };
    },
    glob: (pattern: string) => (texts.has(pattern) ? [pattern] : [...texts.keys()].slice(1)),
  };
  const { config } = readConfig(files[0]?.path ?? '', source);
  if (config === null)
    throw new CliError(EXIT.error, `the recorded configuration ${name} cannot be read alone`);
  const inputs = new Map(
    configuredActors(config).map(({ id, input }) => [id, JSON.parse(JSON.stringify(input)) as JsonObject]),
  );
  return { ...UNCHANGED, input: (_router, actor, recorded) => inputs.get(actor) ?? recorded };
}

export function checkouts(directories: readonly string[]): Candidate[] {
  return directories.map((directory) => ({
    name: directory,
    environment: { RELIVE_CODE: resolve(directory) },
    terms: async () => ({ ...UNCHANGED, machine: await machinesOf(directory) }),
  }));
}

/** More revisions are not looked through. */
const MOST_REVISIONS = 10_000;

/** Revisions of a repository, each checked out when it is looked at; `remove` when all is done. */
export function revisions(
  repository: string,
  range: string,
): { candidates: Candidate[]; remove: () => void } {
  const git = (...words: readonly string[]): string =>
    execFileSync('git', ['-C', repository, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const [, first, last] = /^(.+?)\.\.(.+)$/.exec(range) ?? [];
  if (first === undefined || last === undefined)
    throw new CliError(EXIT.usage, `--revisions ${range}: expected GOOD..BAD`);
  let list: string[];
  try {
    const between = git(
      'rev-list',
      '--reverse',
      '--first-parent',
      `--max-count=${MOST_REVISIONS}`,
      `${first}..${last}`,
    );
    list = [git('rev-parse', first).trim(), ...between.split('\n').filter((line) => line !== '')];
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CliError(EXIT.usage, `--revisions ${range}: ${message}`);
  }
  const root = mkdtempSync(join(tmpdir(), 'relive-bisect-'));
  const made = new Map<string, string>();
  const checkout = (revision: string): string => {
    const known = made.get(revision);
    if (known !== undefined) return known;
    const directory = join(root, revision.slice(0, 12));
    git('worktree', 'add', '--detach', '--quiet', directory, revision);
    made.set(revision, directory);
    // The statecharts of a checkout find their library where the repository has it.
    symlinkSync(resolve(repository, 'node_modules'), join(directory, 'node_modules'));
    return directory;
  };
  return {
    candidates: list.map((revision) => ({
      name: `${revision.slice(0, 12)} ${git('log', '-1', '--format=%s', revision).trim()}`,
      environment: {},
      terms: async () => ({ ...UNCHANGED, machine: await machinesOf(checkout(revision)) }),
    })),
    remove: () => {
      for (const directory of made.values())
        spawnSync('git', ['-C', repository, 'worktree', 'remove', '--force', directory]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** As `git bisect run`: 0 is good, 1 to 124, 126 and 127 are bad. @throws CliError 1 for anything else */
export function isBadByScript(script: string, environment: Readonly<Record<string, string>>): boolean {
  const { status, error } = spawnSync('sh', ['-c', script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
  });
  if (error !== undefined) throw new CliError(EXIT.error, `--script: ${error.message}`);
  if (status === null || status === 125 || status > 127)
    throw new CliError(
      EXIT.error,
      `--script ended with ${status ?? 'a signal'}, which is neither good nor bad`,
    );
  return status !== 0;
}
