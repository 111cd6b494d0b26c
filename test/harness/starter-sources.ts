/** What relived-starter and relived-planner are made of, for builds with sanitizers: QuickJS in them is that of the project, without. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const NATIVE = join(ROOT, 'native');
/** What the project's own planner runs, and builds of it as well. */
export const PLANNER_CODE = join(ROOT, 'build/program/planner.code');

/** For the compiler of the files. */
export function starterFlags(): readonly string[] {
  const [, build = ''] = /^relived planner (\w+)\n/.exec(readFileSync(PLANNER_CODE, 'latin1')) ?? [];
  const engine = join(ROOT, 'node_modules/qjsc/deps/quickjs_2021_03_27');
  return ['-std=gnu11', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', `-DBUILD="${build}"`, '-isystem', engine];
}

export function sourcesOf(which: 'starter' | 'planner'): readonly string[] {
  const own = readdirSync(join(NATIVE, 'starter')).filter((name) => name.endsWith('.c'));
  const rest =
    which === 'starter' ? own.map((name) => `starter/${name}`) : ['starter/sha256.c', 'planner/main.c'];
  return [...rest, 'planner/engine.c', 'planner/host.c'].map((name) => join(NATIVE, name));
}

/** For the linker, behind them. */
export const STARTER_LIBRARIES: readonly string[] = [join(NATIVE, 'build/Release/quickjs.a'), '-lm'];

/** With those that find what is wrong with addresses and numbers. Gives what the compiler has to say. */
export function builtWithSanitizers(file: string, which: 'starter' | 'planner'): string {
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const words = [...starterFlags(), ...checks, '-o', file, ...sourcesOf(which), ...STARTER_LIBRARIES];
  return spawnSync(process.env.CC ?? 'gcc', words, { encoding: 'utf8' }).stderr;
}
