/** The corpus: what happened in each incident, and what a right answer to a question about it is. */
import type { Incident } from './incident.ts';

const A = '10.77.0.1';

export const INCIDENTS: readonly Incident[] = [
  {
    name: 'master-killed',
    story: 'The master was killed with SIGKILL and not started again; its journal was copied from its disk.',
    questions: [
      { journals: ['a', 'b'], right: ['peer-killed', 'peer-silent'], node: 'a' },
      { journals: ['b'], right: ['peer-silent'], node: A },
    ],
  },
  {
    name: 'master-killed-and-back',
    story: 'The master was killed, started again by its service manager and took the address back.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['peer-killed'], node: 'a' },
      { journals: ['b', 'a'], clocks: { a: 7 }, at: 'taken', right: ['peer-killed'], node: 'a' },
      { journals: ['b', 'a'], clocks: { a: -7 }, at: 'taken', right: ['peer-killed'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['peer-silent'], node: A },
      { journals: ['a', 'b'], right: ['preemption'], node: 'a' },
      { journals: ['b'], right: ['yielded'], node: A },
      { journals: ['a'], right: ['preemption'], node: 'a' },
    ],
  },
  {
    name: 'master-stopped',
    story: 'Somebody stopped the master with SIGTERM for an upgrade.',
    questions: [
      { journals: ['a', 'b'], right: ['peer-stopped'], node: 'a', what: 'SIGTERM' },
      { journals: ['b', 'a'], clocks: { a: 4 }, right: ['peer-stopped'], node: 'a', what: 'SIGTERM' },
      { journals: ['b'], right: ['peer-resigned'], node: A },
      { journals: ['a'], right: ['stopped'], node: 'a', what: 'SIGTERM' },
    ],
  },
  {
    name: 'master-paused',
    story: 'The process of the master did not run for some seconds: the hypervisor had no processor for it.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['peer-stalled'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['peer-silent'], node: A },
      { journals: ['a', 'b'], right: ['peer-stalled'], node: 'a' },
    ],
  },
  {
    name: 'backup-machine-paused',
    story: 'The machine of the backup stood still for three seconds; when it ran again it took over at once.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['own-stall'], node: 'b' },
      { journals: ['b'], at: 'taken', right: ['own-stall'], node: 'b' },
      { journals: ['a', 'b'], right: ['own-stall', 'path-healed'], node: 'b' },
    ],
  },
  {
    name: 'both-machines-paused',
    story: 'A snapshot of the hypervisor held both machines; the backup ran again first.',
    questions: [{ journals: ['a', 'b'], right: ['own-stall', 'peer-stalled'] }],
  },
  {
    name: 'killed-while-the-backup-was-paused',
    story:
      'The master was killed while the process of the backup stood still, which took over when it ran again.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['peer-killed'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['peer-silent'], node: A },
    ],
  },
  {
    name: 'backup-paused-alone',
    story:
      'Only the process of the backup stood still; the adverts waited in its socket. Why is it not master?',
    questions: [
      { journals: ['a', 'b'], about: 'VI_1', right: ['start-up'], node: 'a' },
      { journals: ['b'], about: 'VI_1', notMaster: true, right: ['outranked'], node: A },
    ],
  },
  {
    name: 'power-cut-of-both',
    story: 'Both routers lost power at once; one came back alone.',
    questions: [{ journals: ['a', 'b'], right: ['start-up'], node: 'a' }],
  },
  {
    name: 'first-start',
    story: 'The first router of a new site was started.',
    questions: [{ journals: ['a'], right: ['start-up'], node: 'a' }],
  },
  {
    name: 'startup-delay',
    story: 'After a start with vrrp_startup_delay nobody is master, and somebody wonders why.',
    questions: [{ journals: ['a'], about: 'VI_1', notMaster: true, right: ['startup-delay'], node: 'a' }],
  },
  {
    name: 'keepalived-killed',
    story: 'The master was a keepalived and was killed; it keeps no journal.',
    questions: [{ journals: ['b'], right: ['peer-silent'], node: A }],
  },
  {
    name: 'keepalived-stopped',
    story: 'The master was a keepalived and was stopped in good order.',
    questions: [{ journals: ['b'], right: ['peer-resigned'], node: A }],
  },
  {
    name: 'keepalived-returns',
    story: 'A keepalived of higher priority came up and took the address.',
    questions: [{ journals: ['b'], right: ['yielded'], node: A }],
  },
  {
    name: 'link-cut',
    story: 'The cable of the master was pulled and plugged in again.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['link-cut'], node: 'a' },
      { journals: ['b', 'a'], clocks: { a: -30 }, at: 'taken', right: ['link-cut'], node: 'a' },
      { journals: ['b', 'a'], clocks: { a: 2 }, at: 'taken', right: ['link-cut'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['peer-silent'], node: A },
      { journals: ['a'], at: 'taken', right: ['link-cut'], node: 'a' },
      { journals: ['a', 'b'], right: ['preemption'], node: 'a', says: 'link' },
    ],
  },
  {
    name: 'link-cut-of-backup',
    story: 'The cable of the backup was pulled. Why would it not take over?',
    questions: [
      { journals: ['b'], about: 'VI_1', notMaster: true, right: ['faulty'], node: 'b', what: 'link' },
    ],
  },
  {
    name: 'one-way-path',
    story: 'A firewall on the backup dropped the adverts of the master; the other way stayed open.',
    questions: [
      { journals: ['a', 'b'], at: 'split', right: ['path-broken'], node: 'a' },
      { journals: ['b'], at: 'split', right: ['peer-silent'], node: A },
      { journals: ['a', 'b'], right: ['path-healed'], node: 'a' },
      { journals: ['b'], right: ['yielded'], node: A },
    ],
  },
  {
    name: 'split-brain',
    story:
      'The switch between the two lost its mind for some seconds: both were master, until it was mended.',
    questions: [
      { journals: ['a', 'b'], at: 'split', right: ['path-broken'], node: 'a' },
      { journals: ['b'], at: 'split', right: ['peer-silent'], node: A },
      { journals: ['a', 'b'], right: ['path-healed'] },
      { journals: ['b', 'a'], clocks: { a: 5 }, at: 'split', right: ['path-broken'], node: 'a' },
      { journals: ['b', 'a'], clocks: { a: -5 }, right: ['path-healed'] },
    ],
  },
  {
    name: 'lossy-path',
    story: 'A bad cable lost four of five adverts, until the backup missed three in a row.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['adverts-lost'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['peer-silent'], node: A },
    ],
  },
  {
    name: 'some-adverts-lost',
    story:
      'A storm on the switch lost every advert for two seconds, and was over when the backup had taken over.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['adverts-lost'], node: 'a' },
      { journals: ['a', 'b'], right: ['path-healed'] },
    ],
  },
  {
    name: 'equals-on-a-lossy-path',
    story: 'Two of one priority; some adverts of the master, which has the higher address, were lost.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['adverts-lost', 'path-broken'], node: 'b' },
      { journals: ['a'], at: 'taken', right: ['peer-silent'], node: '10.77.0.2' },
      { journals: ['a'], right: ['yielded'], node: '10.77.0.2' },
      { journals: ['a', 'b'], right: ['path-healed'] },
    ],
  },
  {
    name: 'source-address-removed',
    story: 'Somebody removed the address of the interface that adverts are sent from.',
    questions: [
      { journals: ['a', 'b'], right: ['source-lost'], node: 'a' },
      { journals: ['a'], right: ['source-lost'], node: 'a' },
    ],
  },
  {
    name: 'addresses-flushed',
    story: 'A network manager flushed every address of the interface.',
    questions: [{ journals: ['a', 'b'], right: ['source-lost', 'object-deleted'], node: 'a' }],
  },
  {
    name: 'address-deleted',
    story: 'Somebody deleted the virtual address on the master with ip addr del.',
    questions: [
      { journals: ['a', 'b'], right: ['object-deleted'], node: 'a', what: 'address 10.77.0.100' },
      { journals: ['a'], right: ['object-deleted'], node: 'a', what: 'address 10.77.0.100' },
    ],
  },
  {
    name: 'route-deleted',
    story: 'Somebody deleted a virtual route on the master.',
    questions: [{ journals: ['a', 'b'], right: ['object-deleted'], node: 'a', says: '198.51.100.0' }],
  },
  {
    name: 'boot-before-the-network',
    story: 'A backup was booted before its switch port passed frames, and believed to be alone.',
    questions: [
      { journals: ['a', 'b'], at: 'taken', right: ['path-broken'], node: 'a' },
      { journals: ['b'], at: 'taken', right: ['start-up'], node: 'b' },
      { journals: ['a', 'b'], right: ['path-healed'] },
    ],
  },
  {
    name: 'link-flap',
    story: 'The link of a lone router went down and came back.',
    questions: [
      { journals: ['a'], at: 'down', right: ['link-cut'], node: 'a' },
      { journals: ['a'], right: ['returned'], node: 'a' },
    ],
  },
  {
    name: 'script-fails',
    story: 'The check script of the master exited with 3.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'script/chk', says: 'exit 3' },
      { journals: ['a'], right: ['tracker-failed'], node: 'a', what: 'script/chk', says: 'backend says 3' },
      { journals: ['b'], right: ['peer-resigned'], node: A },
    ],
  },
  {
    name: 'script-times-out',
    story: 'The check script of the master hung.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'script/chk', says: 'timed out' },
    ],
  },
  {
    name: 'script-costs-priority',
    story:
      'The check script of the master failed and cost it 60 of its priority, so the backup was the better one.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'script/chk', says: 'exit 7' },
      { journals: ['b', 'a'], clocks: { a: 9 }, right: ['tracker-failed'], node: 'a', what: 'script/chk' },
      { journals: ['b'], right: ['priority-changed'], node: A },
      { journals: ['a'], right: ['tracker-failed'], node: 'a', what: 'script/chk' },
    ],
  },
  {
    name: 'script-flaps',
    story: 'The check script failed, passed and failed.',
    questions: [{ journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'script/chk' }],
  },
  {
    name: 'script-of-backup-raises-it',
    story: 'The check script of the backup passed again, which gave it more priority than the master has.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-passed'], node: 'b', what: 'script/chk' },
      { journals: ['b'], right: ['tracker-passed'], node: 'b', what: 'script/chk' },
      { journals: ['a'], right: ['yielded'], node: '10.77.0.2' },
    ],
  },
  {
    name: 'file-costs-priority',
    story: 'An operator wrote -60 into a tracked file to move the address for maintenance.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'file/maintenance', says: '-60' },
    ],
  },
  {
    name: 'process-dies',
    story: 'A process that the master follows died.',
    questions: [{ journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'process/proxy' }],
  },
  {
    name: 'tracked-interface-down',
    story: 'The uplink that the master follows lost its carrier.',
    questions: [{ journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'interface/up0' }],
  },
  {
    name: 'bfd-session-down',
    story: 'The router behind the uplink died, and the BFD session to it went down.',
    questions: [
      { journals: ['a', 'b'], right: ['tracker-failed'], node: 'a', what: 'bfd/uplink', says: 'BFD' },
    ],
  },
  {
    name: 'sync-group-follows',
    story:
      'Two instances are one sync group; the script of the second failed, and the first one gave up, too.',
    questions: [
      {
        journals: ['a', 'b'],
        about: 'VI_1',
        right: ['tracker-failed'],
        node: 'a',
        what: 'script/chk',
        says: 'VI_2',
      },
      {
        journals: ['a'],
        about: 'VI_1',
        right: ['tracker-failed'],
        node: 'a',
        what: 'script/chk',
        says: 'VI_2',
      },
    ],
  },
  {
    name: 'preemption',
    story: 'The better router was started and took the address.',
    questions: [
      { journals: ['a', 'b'], right: ['preemption'], node: 'a', says: 'started' },
      { journals: ['a'], right: ['preemption'], node: 'a' },
      { journals: ['b'], right: ['yielded'], node: A },
    ],
  },
  {
    name: 'preemption-with-delay',
    story: 'The better router waited its preempt_delay before it took the address.',
    questions: [
      { journals: ['a'], about: 'VI_1', at: 'waiting', notMaster: true, right: ['preempt-delay'], node: 'a' },
      { journals: ['a', 'b'], right: ['preemption'], node: 'a', says: 'preempt_delay' },
    ],
  },
  {
    name: 'nopreempt',
    story: 'The better router came back and did not take over: it says nopreempt.',
    questions: [{ journals: ['a'], about: 'VI_1', notMaster: true, right: ['nopreempt'], node: 'a' }],
  },
  {
    name: 'equal-priorities',
    story:
      'Of three routers the master was killed; the other two have one priority, and the higher address won.',
    questions: [
      { journals: ['b', 'c'], right: ['election', 'peer-silent'] },
      { journals: ['b'], right: ['election', 'peer-silent', 'yielded'] },
    ],
  },
  {
    name: 'three-routers',
    story: 'Of three routers the master was killed: the second took over, the third had to stay.',
    questions: [
      { journals: ['b', 'c'], right: ['peer-silent'], node: A },
      { journals: ['a', 'b', 'c'], right: ['peer-killed', 'peer-silent'], node: 'a' },
      { journals: ['c'], about: 'VI_1', notMaster: true, right: ['outranked'], node: '10.77.0.2' },
    ],
  },
  {
    name: 'other-pair-with-our-id',
    story: 'Another pair of routers on the LAN was given the same virtual router id, with a higher priority.',
    questions: [{ journals: ['a'], right: ['foreign-router'], node: '10.77.0.2', says: '10.77.0.180' }],
  },
  {
    name: 'priority-changed-by-reload',
    story: 'Somebody lowered the priority of the master in its configuration and reloaded.',
    questions: [
      { journals: ['a', 'b'], right: ['reconfigured'], node: 'a' },
      { journals: ['a'], right: ['reconfigured'], node: 'a' },
      { journals: ['b'], right: ['priority-changed'], node: A },
    ],
  },
  {
    name: 'instance-removed-by-reload',
    story: 'A reload took the instance out of the configuration of the master.',
    questions: [
      { journals: ['a', 'b'], right: ['reconfigured'], node: 'a' },
      { journals: ['b'], right: ['peer-resigned'], node: A },
    ],
  },
  {
    name: 'id-changed-by-reload',
    story: 'A reload gave the master another virtual router id than its backup has.',
    questions: [
      { journals: ['b'], right: ['peer-resigned', 'peer-silent'], node: A },
      { journals: ['a', 'b'], right: ['reconfigured'], node: 'a' },
    ],
  },
  {
    name: 'other-password',
    story: 'The backup was given another password than the master has.',
    questions: [
      { journals: ['b'], right: ['refused'], node: A, what: 'authFailure' },
      { journals: ['a', 'b'], right: ['refused'], what: 'authFailure' },
    ],
  },
  {
    name: 'other-interval',
    story: 'VRRP version 2, and the two have different advertisement intervals.',
    questions: [{ journals: ['b'], right: ['refused'], node: A, what: 'advertInterval' }],
  },
  {
    name: 'other-version',
    story: 'One of the two was upgraded to VRRP version 3.',
    questions: [{ journals: ['b'], right: ['refused'], node: A, what: 'version' }],
  },
  {
    name: 'wrong-checksum',
    story: 'A router of another make sends adverts whose checksum is wrong.',
    questions: [{ journals: ['b'], right: ['refused'], node: '10.77.0.2', what: 'checksum' }],
  },
  {
    name: 'wrong-ttl',
    story: 'Adverts came through a router on the way: their TTL is not 255.',
    questions: [{ journals: ['b'], right: ['refused'], node: '10.77.0.2', what: 'ttl' }],
  },
  {
    name: 'server-says-500',
    story: 'A web server answered its check with status 500.',
    questions: [{ journals: ['r'], right: ['checked'], node: 'r', what: '10.77.0.2', says: '500' }],
  },
  {
    name: 'server-refuses',
    story: 'A web server was killed: connections are refused.',
    questions: [{ journals: ['r'], right: ['checked'], node: 'r', what: '10.77.0.2' }],
  },
  {
    name: 'server-is-slow',
    story: 'A web server took longer to answer than its check waits.',
    questions: [{ journals: ['r'], right: ['checked'], node: 'r', what: '10.77.0.2' }],
  },
  {
    name: 'quorum-lost',
    story: 'One of two servers failed, and the virtual server wants both.',
    questions: [
      {
        journals: ['r'],
        about: '[10.77.0.100]:tcp:80',
        right: ['quorum-lost'],
        node: 'r',
        what: '10.77.0.3',
      },
    ],
  },
  {
    name: 'server-drained',
    story: 'An operator drained a real server.',
    questions: [{ journals: ['r'], right: ['ordered'], node: 'r', what: '10.77.0.2', says: 'drain' }],
  },
  {
    name: 'name-moved',
    story: 'The name of a real server was given another address.',
    questions: [{ journals: ['r'], right: ['name-changed'], node: 'r', says: 'web.example.com' }],
  },
  {
    name: 'disk-full',
    story: 'The disk of the backup was full when it took over: what led to it was not written.',
    questions: [{ journals: ['b'], at: 'full', right: ['unrecorded', 'peer-silent'] }],
  },
];
