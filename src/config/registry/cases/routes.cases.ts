import type { ConfigTree } from '../../model.ts';
import type { RouteEntry } from '../routes/route-line.ts';
import type { BlockCases } from './cases.ts';

/** Options behind `default dev eth0`. */
const ROWS = `
to | 10.0.0.1/16 | "10.0.0.1/16" | "default" | | missing-parameter
to | 10.0.0.1 | "10.0.0.1/32" | "default" | 10.0.0.1/33 | invalid-prefix
to | any | "default" | "default" | x | invalid-address
to | default6 | "default6" | "default" | 10.0.0.1/x | invalid-prefix
src | 10.0.0.1 | "10.0.0.1" | null | 10.0.0.1/8 | invalid-address
via | 10.0.0.1 | "10.0.0.1" | null | | missing-parameter
via | inet 10.0.0.1 | "10.0.0.1" | null | inet6 10.0.0.1 | family-mismatch
gw | 10.0.0.1 | "10.0.0.1" | null | x | invalid-address
or | 10.0.0.1 | "10.0.0.1" | null | x | invalid-address
as | to 10.0.0.1 | null | null | to | missing-parameter
inet | x | true | true | x via ::1 | family-mismatch
inet6 | x | true | false | x via 10.0.0.1 | family-mismatch
from | 2001:db8::/64 | "2001:db8::/64" | null | 10.0.0.1 via 10.0.0.2 | family-mismatch
tos | 0 | 0 | 0 | -1 | unknown-name
tos | 255 | 255 | 0 | 256 | number-out-of-range
dsfield | 0x10 | 16 | 0 | 0x | unknown-name
table | 0 | 0 | 254 | 4294967296 | number-out-of-range
table | 4294967295 | 4294967295 | 254 | -1 | unknown-name
table | mine | "mine" | 254 | | missing-parameter
table | local | 255 | 254 | | missing-parameter
protocol | 18 | 18 | 18 | 256 | number-out-of-range
protocol | keepalived | 18 | 18 | static | value-corrected
protocol | 255 no_track | 255 | 18 | -1 | unknown-name
scope | link | 253 | 0 | 256 | number-out-of-range
scope | 0 | 0 | 0 | -1 | unknown-name
metric | 0 | 0 | null | -1 | number-out-of-range
metric | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
priority | 7 | 7 | null | x | invalid-number
preference | 7 | 7 | null | | missing-parameter
dev | eth1 | "eth1" | "eth0" | | missing-parameter
oif | eth1 | "eth1" | "eth0" | | missing-parameter
onlink | | true | false | x | unknown-option
encap | ip id 0 | {"type":"ip","id":"0","dst":null,"src":null,"flags":null,"tos":null,"ttl":null} | null | | missing-parameter
encap | ip6 id 18446744073709551615 | {"type":"ip6","id":"18446744073709551615","dst":null,"src":null,"flags":null,"tc":null,"hoplimit":null} | null | ip6 id 18446744073709551616 | number-out-of-range
encap | ip dst 10.0.0.3 src 10.0.0.4 tos 255 ttl 255 flags 65535 | {"type":"ip","id":null,"dst":"10.0.0.3","src":"10.0.0.4","flags":65535,"tos":255,"ttl":255} | null | ip dst 10.0.0.3 ttl 256 | number-out-of-range
encap | ip6 dst ::1 src ::2 tc 0 hoplimit 0 flags 0 | {"type":"ip6","id":null,"dst":"::1","src":"::2","flags":0,"tc":0,"hoplimit":0} | null | ip6 dst ::1 hoplimit 256 | number-out-of-range
encap | ip6 dst ::1 hoplimit 255 tc 255 | {"type":"ip6","id":null,"dst":"::1","src":null,"flags":null,"tc":255,"hoplimit":255} | null | ip6 dst ::1 tc 256 | number-out-of-range
encap | ip dst 10.0.0.3 | {"type":"ip","id":null,"dst":"10.0.0.3","src":null,"flags":null,"tos":null,"ttl":null} | null | ip dst ::1 | invalid-address
encap | ip id 1 flags 0 | {"type":"ip","id":"1","dst":null,"src":null,"flags":0,"tos":null,"ttl":null} | null | ip id 1 flags 65536 | number-out-of-range
encap | ip id 1 tos 0 | {"type":"ip","id":"1","dst":null,"src":null,"flags":null,"tos":0,"ttl":null} | null | ip id 1 tos 256 | number-out-of-range
encap | ip id 1 ttl 0 | {"type":"ip","id":"1","dst":null,"src":null,"flags":null,"tos":null,"ttl":0} | null | ip src 10.0.0.4 | missing-parameter
encap | mpls 0/1048575 | {"type":"mpls","labels":[0,1048575]} | null | mpls 1048576 | invalid-label
encap | mpls 16 | {"type":"mpls","labels":[16]} | null | mpls 3 | invalid-label
encap | ila 1:2:3:F | {"type":"ila","locator":"1:2:3:f"} | null | ila 1:2:3 | invalid-address
encap | ila 1:2:3:4 | {"type":"ila","locator":"1:2:3:4"} | null | gre | invalid-choice
expires | 0 | 0 | null | -1 | number-out-of-range
expires | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
expires | 1 | 1 | null | 1 via 10.0.0.1 | family-mismatch
mtu | 0 | {"value":0,"lock":false} | null | | missing-parameter
mtu | lock 4294967295 | {"value":4294967295,"lock":true} | null | 4294967296 | number-out-of-range
hoplimit | 0 | 0 | null | -1 | number-out-of-range
hoplimit | 255 | 255 | null | 256 | number-out-of-range
advmss | 0 | {"value":0,"lock":false} | null | -1 | number-out-of-range
advmss | lock 4294967295 | {"value":4294967295,"lock":true} | null | 4294967296 | number-out-of-range
rtt | 200ms | {"value":200000,"lock":false} | null | 199ms | value-corrected
rtt | lock 120s | {"value":120000000,"lock":true} | null | 121s | value-corrected
rtt | 8000 | {"value":1000000,"lock":false} | null | 960001 | number-out-of-range
rtt | 1.5secs | {"value":1500000,"lock":false} | null | 5min | invalid-number
rttvar | 4000 | {"value":1000000,"lock":false} | null | 480001 | number-out-of-range
rttvar | lock 2sec | {"value":2000000,"lock":true} | null | 1e3 | invalid-number
rto_min | 1000 | {"value":1000000,"lock":false} | null | 120001 | number-out-of-range
rto_min | lock 2s | {"value":2000000,"lock":true} | null | lock | missing-parameter
reordering | 0 | {"value":0,"lock":false} | null | -1 | number-out-of-range
reordering | lock 4294967295 | {"value":4294967295,"lock":true} | null | 4294967296 | number-out-of-range
window | 0 | 0 | null | -1 | number-out-of-range
window | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
cwnd | 0 | {"value":0,"lock":false} | null | -1 | number-out-of-range
cwnd | lock 4294967295 | {"value":4294967295,"lock":true} | null | 4294967296 | number-out-of-range
ssthresh | 0 | {"value":0,"lock":false} | null | -1 | number-out-of-range
ssthresh | lock 4294967295 | {"value":4294967295,"lock":true} | null | 4294967296 | number-out-of-range
realms | 0 | {"from":0,"to":0} | null | 256 | unknown-name
realms | 255/cosmos | {"from":255,"to":0} | null | 5/256 | unknown-name
realms | 5/6 | {"from":5,"to":6} | null | 5 via ::1 | family-mismatch
initcwnd | 0 | 0 | null | -1 | number-out-of-range
initcwnd | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
initrwnd | 0 | 0 | null | -1 | number-out-of-range
initrwnd | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
features | ecn | "ecn" | null | sack | invalid-choice
quickack | 0 | 0 | null | -1 | number-out-of-range
quickack | 1 | 1 | null | 2 | number-out-of-range
congctl | reno | {"value":"reno","lock":false} | null | | missing-parameter
congctl | lock bbr | {"value":"bbr","lock":true} | null | lock | missing-parameter
pref | low | 3 | null | lowest | invalid-number
pref | 0 | 0 | null | -1 | number-out-of-range
pref | 255 | 255 | null | 256 | number-out-of-range
ttl-propagate | enabled | "enabled" | null | on | invalid-choice
ttl-propagate | disabled | "disabled" | null | | missing-parameter
fastopen_no_cookie | 0 | 0 | null | -1 | number-out-of-range
fastopen_no_cookie | 1 | 1 | null | 2 | number-out-of-range
add | | true | false | x | unknown-option
prepend | | true | false | x | unknown-option
append | | true | false | x | unknown-option
no_track | | true | false | x | unknown-option
vrf | blue | "blue" | null | | missing-parameter
nexthop | via 10.0.0.2 | [{"via":"10.0.0.2","dev":null,"weight":1,"onlink":false,"encap":null,"realms":null}] | null | via x | invalid-address
nexthop | via inet6 ::1 dev eth1 weight 256 onlink nexthop dev eth2 weight 1 | [{"via":"::1","dev":"eth1","weight":256,"onlink":true,"encap":null,"realms":null},{"via":null,"dev":"eth2","weight":1,"onlink":false,"encap":null,"realms":null}] | null | via 10.0.0.2 weight 257 | number-out-of-range
nexthop | via 10.0.0.2 realms 5/6 | [{"via":"10.0.0.2","dev":null,"weight":1,"onlink":false,"encap":null,"realms":{"from":5,"to":6}}] | null | via 10.0.0.2 weight 0 | number-out-of-range
nexthop | encap mpls 7 weight 2 | [{"via":null,"dev":null,"weight":2,"onlink":false,"encap":{"type":"mpls","labels":[7]},"realms":null}] | null | via 10.0.0.2 as to 10.0.0.3 | unknown-option
nexthop | via 10.0.0.2 dev eth1 | [{"via":"10.0.0.2","dev":"eth1","weight":1,"onlink":false,"encap":null,"realms":null}] | null | via 10.0.0.2 mtu 5 | unknown-option
nexthop | via 10.0.0.2 onlink | [{"via":"10.0.0.2","dev":null,"weight":1,"onlink":true,"encap":null,"realms":null}] | null | via 10.0.0.2 nexthop via ::1 | family-mismatch
`;

const ALSO = {
  gw: ['deprecated-keyword'],
  or: ['deprecated-keyword'],
  as: ['no-effect'],
  inet: ['extra-word'],
  inet6: ['extra-word'],
};

function routes(
  block: string,
  around: (line: string) => string,
  find: BlockCases['find'],
  more = '',
): BlockCases {
  return {
    block,
    wrap: (line) => around(line === '' ? 'default dev eth0' : `default dev eth0 ${line}`),
    find,
    also: ALSO,
    rows: ROWS + more,
  };
}

/** What the words of a family have told. */
function told(entry: RouteEntry | undefined): unknown {
  return { ...entry, inet: entry?.family === 'inet', inet6: entry?.family === 'inet6' };
}

const instance = (lines: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n${lines}\n}`;

const group = 'track_group g {\ngroup {\nA\n}\n}\n';

export const CASES: readonly BlockCases[] = [
  routes(
    'vrrp_instance/virtual_routes',
    (line) => instance(`virtual_routes {\n${line}\n}`),
    (tree: ConfigTree) => told(tree.vrrp_instance[0]?.virtual_routes[0]),
  ),
  routes(
    'static_routes',
    (line) => `${group}static_routes {\n${line}\n}\n${instance('')}`,
    (tree: ConfigTree) => told(tree.static_routes[0]),
    'track_group | g | "g" | null | h | unknown-track-group\n',
  ),
];
