/** After a fault a unicast router over IPv6 tells once where its own address is, as Debian's keepalived does. */
import { expect, it } from 'vitest';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { capture } from '../harness/capture.ts';
import { interfaceOf, ip, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const OWN = 'fd00::1';
const VIRTUAL = 'fd00::100';
const CONFIGURATION = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 150
  advert_int 0.5
  unicast_src_ip ${OWN}
  unicast_peer {
    fd00::2
  }
  track_interface {
    t0
  }
  virtual_ipaddress {
    ${VIRTUAL}/64
  }
}
`;
/** Where the target of an advertisement stands, in hexadecimal digits of its frame. */
const TARGET = [124, 156] as const;
const OWN_BYTES = 'fd000000000000000000000000000001';

/** The advertisements for the own address, without what has to differ: the MAC, and the checksum over it. */
async function remindersOf(program: RouterProgram): Promise<readonly string[]> {
  return withLan({ hosts: ['a', 'host'], ipv6: true }, async (lan) => {
    await ip(lan, 'a', 'link', 'add', 't0', 'type', 'veth', 'peer', 'name', 't1');
    for (const name of ['t0', 't1']) await ip(lan, 'a', 'link', 'set', name, 'up');
    await ip(lan, 'a', 'addr', 'add', `${OWN}/64`, 'dev', 'eth0', 'nodad');
    const mac = (await interfaceOf(lan, 'a', 'eth0')).mac.replaceAll(':', '');
    const heard = await capture(lan, 'host', 'icmp6 and ip6[40] == 136 and dst ff02::1');
    const own = () => heard.frames.filter((frame) => frame.slice(...TARGET) === OWN_BYTES);
    const directory = temporaryDirectory('reminder');
    const router = await RouterProcess.start(lan, 'a', { program, configuration: CONFIGURATION, directory });
    const holds = async (wanted: boolean): Promise<void> => {
      const look = async () =>
        (await ip(lan, 'a', '-6', 'addr', 'show', 'eth0')).includes(VIRTUAL) === wanted;
      await waitFor(look, { deadlineMs: 20_000, what: `holding: ${wanted}` }).catch((error: Error) => {
        throw new Error(`${error.message}\n${router.log}`);
      });
    };
    await holds(true);
    const before = own().length;
    await ip(lan, 'a', 'link', 'set', 't0', 'down');
    await holds(false);
    await ip(lan, 'a', 'link', 'set', 't0', 'up');
    await holds(true);
    await router.stop();
    await heard.stop();
    return own()
      .slice(before)
      .map((frame) => `${frame.slice(0, 112)}....${frame.slice(116)}`.replaceAll(mac, 'mac'));
  });
}

it('sends the same neighbour advertisement, once', async () => {
  const [ours, theirs] = await Promise.all([remindersOf(relived), remindersOf(keepalived)]);
  expect(theirs).toHaveLength(1);
  expect(ours).toEqual(theirs);
}, 90_000);
