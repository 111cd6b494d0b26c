import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { readConfig } from '../config/read.ts';
import { configFiles, MAX_CONFIG_FILE_BYTES, matchesStep } from './config-files.ts';

let directory = '';
const at = (name: string): string => path.join(directory, name);

beforeAll(() => {
  directory = temporaryDirectory('config');
  fs.mkdirSync(at('conf.d'));
  fs.mkdirSync(at('[old]'));
  for (const name of ['conf.d/b.conf', 'conf.d/a.conf', 'conf.d/.hidden.conf', '[old]/c.conf']) {
    fs.writeFileSync(at(name), `# ${name}\n`);
  }
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

describe('read', () => {
  test('a regular file, also one that /proc makes up', () => {
    expect(configFiles.read(at('conf.d/a.conf'))).toEqual({
      text: '# conf.d/a.conf\n',
      directory: fs.realpathSync(at('conf.d')),
    });
    expect(configFiles.read('/proc/self/status')).toMatchObject({ text: expect.stringContaining('Name:') });
  });

  test('a byte order mark and bytes that are not UTF-8', () => {
    fs.writeFileSync(at('bytes'), Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x0a]));
    expect(configFiles.read(at('bytes'))).toMatchObject({ text: 'a\ufffd\n' });
    fs.chmodSync(at('bytes'), 0o755);
    expect(configFiles.read(at('bytes'))).toMatchObject({ executable: true });
  });

  test('what is not a regular file is refused, and nothing blocks', () => {
    execFileSync('mkfifo', [at('fifo')]);
    expect(configFiles.read(at('fifo'))).toEqual({ error: 'it is a FIFO, not a regular file' });
    expect(configFiles.read(directory)).toEqual({ error: 'it is a directory' });
    expect(configFiles.read('/dev/zero')).toEqual({ error: 'it is not a regular file' });
    expect(configFiles.read(at('none'))).toEqual({ error: 'no such file', missing: true });
    expect(configFiles.read(at('conf.d/a.conf/x'))).toMatchObject({ error: expect.any(String) });
    expect(configFiles.read('a\0b')).toMatchObject({ error: expect.any(String) });
    fs.symlinkSync('loop', at('loop'));
    expect(configFiles.read(at('loop'))).toEqual({ error: 'too many symbolic links' });
  });

  test('a file that is too large is refused', () => {
    fs.writeFileSync(at('large'), '');
    fs.truncateSync(at('large'), MAX_CONFIG_FILE_BYTES + 1);
    expect(configFiles.read(at('large'))).toEqual({ error: 'it is larger than 16 MiB' });
  });
});

describe('glob', () => {
  const main = (): string => at('keepalived.conf');

  test('wildcards in byte order, without hidden files', () => {
    expect(configFiles.glob('conf.d/*.conf', main())).toEqual([at('conf.d/a.conf'), at('conf.d/b.conf')]);
    expect(configFiles.glob(at('c*/[!b].conf'), '')).toEqual([at('conf.d/a.conf')]);
    expect(configFiles.glob('conf.d/.h*', main())).toEqual([at('conf.d/.hidden.conf')]);
    expect(configFiles.glob('none/*', main())).toEqual([]);
  });

  test('a plain path is resolved, existing or not', () => {
    expect(configFiles.glob('x.conf', at('conf.d/a.conf'))).toEqual([at('conf.d/x.conf')]);
    expect(configFiles.glob('../x', at('conf.d/a.conf'))).toEqual([at('x')]);
    expect(configFiles.glob('/etc/x', main())).toEqual(['/etc/x']);
    expect(configFiles.glob('x', 'y')).toEqual(['x']);
  });

  test('the directory of the including file is no pattern', () => {
    expect(configFiles.glob('*.conf', at('[old]/main'))).toEqual([at('[old]/c.conf')]);
  });

  test('whole configurations', () => {
    fs.writeFileSync(main(), 'include conf.d/*.conf\ninclude conf.d\n');
    const { files, diagnostics } = readConfig(main(), configFiles);
    expect(files.map((file) => path.relative(directory, file.path))).toEqual([
      'keepalived.conf',
      'conf.d/a.conf',
      'conf.d/b.conf',
    ]);
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([['include-skipped', 2]]);
  });

  test('the samples are clean', () => {
    for (const name of ['keepalived.conf.sample', 'keepalived-unicast-v3.conf.sample']) {
      const result = readConfig(path.join(import.meta.dirname, '../../config', name), configFiles);
      expect(result.diagnostics).toEqual([]);
      expect(result.config?.tree.vrrp_instance).toHaveLength(1);
    }
  });
});

test.each([
  ['abc', 'a*c', true],
  ['abc', '*', true],
  ['abc', '**?', true],
  ['abc', 'a?', false],
  ['a', '[a-c]', true],
  ['d', '[a-c]', false],
  ['d', '[!a-c]', true],
  [']', '[]]', true],
  ['[', '[', true],
  ['.a', '*', false],
  ['.a', '.*', true],
])('%s against %s', (name, step, expected) => {
  expect(matchesStep(name, step)).toBe(expected);
});

test('a pattern of many stars takes no exponential time', () => {
  expect(matchesStep('a'.repeat(255), `${'*a'.repeat(100)}*b`)).toBe(false);
});
