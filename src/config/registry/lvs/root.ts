/** Keywords of the top level about virtual servers. */
import { word } from '../kinds.ts';
import { block, refused } from '../rows.ts';
import { service } from './service.ts';
import { VIRTUAL_SERVER, VIRTUAL_SERVER_GROUP } from './virtual-server.ts';

/** What is checked, and who is told of it, is as the file says. */
const OBSERVED = refused('warning', 'servers are checked and told of, but the IPVS table is left alone');
const LEFT_ALONE = refused('warning', 'the IPVS table is left alone');

export const LVS_ROOT = {
  virtual_server_group: block({
    block: VIRTUAL_SERVER_GROUP,
    name: word(),
    meaning: 'named set of addresses and firewall marks',
    standing: LEFT_ALONE,
  }),
  virtual_server: block({
    block: VIRTUAL_SERVER,
    name: service(),
    meaning: 'a service, and the servers behind it',
    standing: OBSERVED,
  }),
};
