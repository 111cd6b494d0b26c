/** Scripts of the start and of the end, and what a reload does to FIFOs. */
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { recorder, script } from '../harness/notice-story.ts';
import { RouterProcess } from '../harness/router.ts';

interface Heard {
  /** Runs of scripts, in their order. */
  readonly scripts: readonly string[];
  /** What the readers of the FIFO were given, one after the other. */
  readonly fifo: string;
  readonly log: string;
  readonly left: readonly string[];
}

function configuration(directory: string): string {
  return `global_defs {
  script_user root
  startup_script "${directory}/own startup"
  shutdown_script "${directory}/own shutdown" daemon
  notify_fifo ${directory}/fifo
  notify_fifo_script "${directory}/reader"
  vrrp_notify_fifo ${directory}/trap
  fifo_write_vrrp_states_on_reload
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  version 3
  advert_int 0.2
  notify "${directory}/notify"
  virtual_ipaddress {
    10.77.0.100/24
  }
}
`;
}

async function story(): Promise<Heard> {
  return withLan({ hosts: ['a'] }, async (lan) => {
    const directory = temporaryDirectory('notify');
    try {
      fs.chmodSync(directory, 0o755);
      // The script of the end runs as somebody else.
      fs.writeFileSync(join(directory, 'said'), '');
      fs.chmodSync(join(directory, 'said'), 0o666);
      recorder(directory, 'notify');
      script(directory, 'own', `echo "own [$1] $(id -un)" >>${directory}/said`);
      script(directory, 'reader', `trap "" TERM; exec cat "$1" >>${directory}/fifo-said`);
      fs.writeFileSync(join(directory, 'precious'), 'precious');
      fs.symlinkSync(join(directory, 'precious'), join(directory, 'trap'));
      const read = (name: string): string =>
        fs.existsSync(join(directory, name)) ? fs.readFileSync(join(directory, name), 'utf8') : '';
      const text = configuration(directory);
      const router = await RouterProcess.start(lan, 'a', {
        program: relived,
        configuration: text,
        directory,
      });
      const masters = (count: number): Promise<unknown> =>
        waitFor(() => read('fifo-said').split(' MASTER ').length > count, {
          deadlineMs: 20_000,
          what: `MASTER in the FIFO for the ${count}. time`,
        }).catch((error: Error) => {
          throw new Error([error.message, read('fifo-said'), read('said'), router.log].join('\n'));
        });
      await masters(1);
      router.signal('SIGHUP');
      await masters(2);
      await router.stop();
      const scripts = read('said').trimEnd().split('\n');
      expect(read('precious')).toBe('precious');
      return { scripts, fifo: read('fifo-said'), log: router.log, left: fs.readdirSync(directory) };
    } finally {
      fs.rmSync(directory, { recursive: true, force: true });
    }
  });
}

let heard: Heard;

beforeAll(async () => {
  heard = await story();
}, 90_000);

it('the script of the start comes first, that of the end last, each as its user', () => {
  expect(heard.scripts[0]).toBe('own [startup] root');
  expect(heard.scripts.at(-1)).toBe('own [shutdown] daemon');
  expect(heard.scripts).toContain('notify [INSTANCE] [VI_1] [STOP] [100]');
});

it('a reload starts the reader again, which hears how things stand, and later the end', () => {
  const states = ['BACKUP', 'MASTER', 'MASTER', 'STOP'];
  expect(heard.fifo).toBe(states.map((state) => `INSTANCE "VI_1" ${state} 100\n`).join(''));
});

it('a symbolic link in the place of a FIFO is told and left alone', () => {
  expect(heard.log).toMatch(/vrrp_notify_fifo: .*\/trap is a symbolic link, not a FIFO: it is not used/);
  expect(heard.left).toContain('trap');
  expect(heard.left).not.toContain('fifo');
});
