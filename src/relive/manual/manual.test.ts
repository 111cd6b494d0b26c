import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { inlineRoff, roffBody } from './roff.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const directory = temporaryDirectory('manual');
let files: readonly string[] = [];

beforeAll(() => {
  const args = [join(root, 'src/relive/main.ts'), 'completion', 'manual', join(root, 'docs/man'), directory];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
  files = readdirSync(directory);
});

const page = (file: string): string => readFileSync(join(directory, file), 'utf8');

describe('manual pages', () => {
  it('are there for the programs, every command and the format, and refer to pages that are there', () => {
    const help = spawnSync(process.execPath, [join(root, 'src/relive/main.ts'), '--help'], {
      encoding: 'utf8',
    });
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name]) => name ?? []);
    const expected = commands.filter((name) => name !== 'help').map((name) => `relive-${name}.1`);
    expect(expected.length).toBeGreaterThan(12);
    expect(files).toEqual(expect.arrayContaining(['relive.1', 'relived.8', 'relive-journal.5', ...expected]));
    const named = files.flatMap((file) => [
      ...page(file).matchAll(/\\fB(reliv[^\\]*(?:\\-[a-z]+)?)\\fR\((\d)\)/g),
    ]);
    const missing = named.map(([, name = '', section = '']) => `${name.replaceAll('\\-', '-')}.${section}`);
    expect(missing.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('say what options mean, beside the prose', () => {
    expect(page('relive-export.1')).toMatch(
      /\.SH "EXAMPLES"\n[\s\S]*\.SH OPTIONS\n[\s\S]*\\fB\\-\\-force\\fR/,
    );
    expect(page('relived.8')).toContain('\\fB\\-\\-journal');
    expect(page('relive-config.1')).toContain('.SS "config lint"');
  });

  it.skipIf(!existsSync('/usr/bin/groff'))('are read without a warning', () => {
    const paths = files.map((file) => join(directory, file));
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z', ...paths], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('text cannot become a request of roff, nor lose a backslash', () => {
  expect(roffBody('.so /etc/passwd\n\n- `-j`\n  goes on')).toEqual([
    '.PP',
    '\\&.so /etc/passwd',
    '.IP \\(bu 2',
    '\\fB\\-j\\fR goes on',
  ]);
  expect(roffBody('```\n.x \\y\n```')).toContain('\\&.x \\ey');
  expect(inlineRoff('a *b* **c**')).toBe('a \\fIb\\fR \\fBc\\fR');
});
