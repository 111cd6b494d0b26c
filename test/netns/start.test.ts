/** Starts that succeed: in the foreground with -d, and into the background, which runs what was read in the terminal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNKNOWN_ENVIRONMENT } from '../../src/config/environment.ts';
import { readConfig } from '../../src/config/read.ts';
import { configFiles } from '../../src/host/config-files.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { identify, terminate } from '../../src/lab/process.ts';
import { projectCommand, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const SECRET = 'tops3cret';
const directory = temporaryDirectory('start');
const configuration = `SSL {
  password ${SECRET}
}
${instanceConfiguration({ version: 3, priority: 100, virtualAddresses: ['10.77.0.100/24'] })}`;
let lan: Lan;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'] });
});

afterAll(() => lan?.destroy());

it('-d logs the configuration in force before it runs, every default included and no secret', async () => {
  const program: RouterProgram = (place) => [...relived(place), '-d'];
  const router = await RouterProcess.start(lan, 'a', { program, configuration, directory });
  try {
    await router.waitForLog('Startup complete');
    const [dump = ''] = router.log.split('Startup complete');
    expect(dump).toMatch(/: vrrp_instance VI_1 \{\n/);
    expect(dump).toMatch(/: {5}priority 100\n/);
    expect(dump).toMatch(/: {5}garp_master_delay 5\n/);
    expect(dump).toMatch(/: {9}10\.77\.0\.100\/24\n/);
    expect(dump).toMatch(/: {5}password \*+\n/);
    expect(router.log).not.toContain(SECRET);
  } finally {
    await router.stop();
  }
});

describe('without -n', () => {
  const file = join(directory, 'keepalived.conf');
  const [journal, control, pid, vrrpPid] = ['journal', 'control.sock', 'pid', 'vrrp.pid'].map((name) =>
    join(directory, name),
  );
  const pidFiles = ['-p', `${pid}`, '-r', `${vrrpPid}`];
  const args = ['-f', file, '--journal', `${journal}`, '--control', `${control}`, ...pidFiles];

  it('the background runs what was read in the terminal, and journals it', async () => {
    // Where the background reads the files itself, the first name ends in 1.
    const name = `$W=\${_ENV RELIVED_BACKGROUND}\n$P=\${_RANDOM 50 250}\n`;
    const text = configuration.replace('VI_1', `VI_\${W}`).replace('100', '$P');
    writeFileSync(file, name + text);
    const { code, stderr } = await lan.exec('a', [projectCommand('relived'), ...args]);
    expect([code, stderr.match(/error/g)]).toEqual([0, null]);
    const daemon = identify(Number(readFileSync(`${pid}`, 'utf8')));
    if (daemon === null) throw new Error(stderr);
    removeInTheEnd({ kind: 'process', identity: daemon });
    const visible = ['cmdline', 'environ'].map((one) => readFileSync(`/proc/${daemon.pid}/${one}`, 'utf8'));
    expect(visible.join()).not.toContain(SECRET);
    await terminate([daemon], 8_000);

    const reader = new JournalReader(`${journal}`);
    const body = reader.definitions().find(({ kind }) => kind === 'config')?.body;
    reader.close();
    expect(body).toMatchObject({ files: [{ path: file, text: expect.stringContaining('$P') }] });
    expect(JSON.stringify(body)).not.toContain(SECRET);
    const { randomSeed } = body as { randomSeed: number };
    const again = readConfig(file, configFiles, { ...UNKNOWN_ENVIRONMENT, randomSeed });
    const { stdout } = await relive('log', '-j', `${journal}`, '-o', 'jsonl');
    expect(stdout).toContain(`"priority":${again.config?.tree.vrrp_instance[0]?.priority},`);
    expect(stdout).toContain('"vrrp/VI_');
    expect(stdout).not.toContain('"vrrp/VI_1"');
    const exported = await relive('export', 'jsonl', '-j', `${journal}`);
    expect(exported.stdout).toContain('vrrp_instance');
    expect(exported.stdout).not.toContain(SECRET);
  });

  it('the background ends if what was read does not arrive', async () => {
    writeFileSync(file, configuration);
    const child = lan.spawn('a', [projectCommand('relived'), '-n', ...args], {
      env: { ...process.env, RELIVED_BACKGROUND: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const pipe = child.stdio[4];
    if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end('{"consolidated":"#conso');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(said).toBe(
      'relived: the configuration did not arrive in the background: the process that read it has ended\n',
    );
    expect(code).toBe(1);
  });
});
