/** Links, paths and addresses that fail. */
import { instance } from '../configurations.ts';
import type { Script } from '../incident.ts';
import { VIP } from '../stage.ts';
import { AB, ofA, ofB, PEACE_MS, peace } from './common.ts';

const VRRP_OF_A = 'ip saddr 10.77.0.1 ip protocol 112';

export const network: Readonly<Record<string, Script>> = {
  'link-cut': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.lan.cut('a');
      await stage.untilHeld('b');
      stage.moment('taken');
      await stage.lan.heal('a');
      await stage.untilGone('b');
    },
  },
  'link-cut-of-backup': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.lan.cut('b');
      await stage.untilLogged('b', 'Entering FAULT STATE');
      await stage.pass(500);
    },
  },
  'one-way-path': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.exec('b', 'nft', 'add table inet broken');
      await stage.exec('b', 'nft', 'add chain inet broken in { type filter hook input priority 0; }');
      await stage.exec('b', 'nft', `add rule inet broken in ${VRRP_OF_A} drop`);
      await stage.untilHeld('b');
      await stage.pass(4_000);
      stage.moment('split');
      await stage.exec('b', 'nft', 'delete table inet broken');
      await stage.untilGone('b');
    },
  },
  'split-brain': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.lan.block('a');
      await stage.untilHeld('b');
      await stage.pass(4_000);
      stage.moment('split');
      await stage.lan.heal('a');
      await stage.untilGone('b');
    },
  },
  'lossy-path': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.exec('b', 'nft', 'add table inet lossy');
      await stage.exec('b', 'nft', 'add chain inet lossy in { type filter hook input priority 0; }');
      await stage.exec('b', 'nft', `add rule inet lossy in ${VRRP_OF_A} numgen random mod 100 < 80 drop`);
      await stage.untilHeld('b');
      stage.moment('taken');
      await stage.exec('b', 'nft', 'delete table inet lossy');
      await stage.untilGone('b');
      await stage.pass(500);
    },
  },
  'some-adverts-lost': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.lan.block('b', 'in');
      await stage.untilHeld('b');
      stage.moment('taken');
      await stage.lan.heal('b');
      await stage.untilGone('b');
      await stage.pass(500);
    },
  },
  'equals-on-a-lossy-path': {
    hosts: AB,
    async play(stage) {
      // Of one priority, and the master has the higher address.
      await stage.start('b', ofB());
      await stage.untilHeld('b');
      await stage.start('a', instance(100));
      await stage.untilLogged('a', 'Entering BACKUP STATE');
      await stage.pass(PEACE_MS);
      await stage.lan.block('a', 'in');
      await stage.untilHeld('a');
      stage.moment('taken');
      await stage.lan.heal('a');
      await stage.untilGone('a');
      await stage.pass(500);
    },
  },
  'source-address-removed': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.exec('a', 'sysctl', '-qw', 'net.ipv4.conf.eth0.promote_secondaries=1');
      await stage.ip('a', 'addr', 'del', '10.77.0.1/24', 'dev', 'eth0');
      await stage.untilHeld('b');
      await stage.pass(500);
    },
  },
  'addresses-flushed': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.ip('a', 'addr', 'flush', 'dev', 'eth0');
      await stage.untilHeld('b');
      await stage.pass(500);
    },
  },
  'address-deleted': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.ip('a', 'addr', 'del', `${VIP}/24`, 'dev', 'eth0');
      await stage.untilHeld('a');
      await stage.pass(500);
    },
  },
  'route-deleted': {
    hosts: AB,
    async play(stage) {
      const extra = 'virtual_routes {\n 198.51.100.0/24 via 10.77.0.2 dev eth0\n }';
      await peace(stage, { a: { extra } });
      await stage.ip('a', 'route', 'del', '198.51.100.0/24');
      await stage.until(
        async () => (await stage.ip('a', 'route')).includes('198.51.100.0'),
        'the route back again',
      );
      await stage.pass(500);
    },
  },
  'boot-before-the-network': {
    hosts: AB,
    async play(stage) {
      await stage.start('a', ofA());
      await stage.untilHeld('a');
      // The switch port of b passes nothing yet, as with spanning tree.
      await stage.lan.block('b');
      await stage.start('b', ofB());
      await stage.untilHeld('b');
      await stage.pass(1_000);
      stage.moment('taken');
      await stage.lan.heal('b');
      await stage.untilGone('b');
    },
  },
  'link-flap': {
    hosts: ['a'],
    async play(stage) {
      await stage.start('a', instance(150));
      await stage.untilHeld('a');
      await stage.pass(PEACE_MS);
      await stage.lan.cut('a');
      await stage.untilGone('a');
      stage.moment('down');
      await stage.lan.heal('a');
      await stage.untilHeld('a');
    },
  },
};
