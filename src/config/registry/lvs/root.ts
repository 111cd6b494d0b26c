/** Keywords of the top level about virtual servers. */
import { word } from '../kinds.ts';
import { ACTS, block } from '../rows.ts';
import { service } from './service.ts';
import { VIRTUAL_SERVER, VIRTUAL_SERVER_GROUP } from './virtual-server.ts';

export const LVS_ROOT = {
  virtual_server_group: block({
    block: VIRTUAL_SERVER_GROUP,
    name: word(),
    meaning: 'named set of addresses and firewall marks',
    standing: ACTS,
  }),
  virtual_server: block({
    block: VIRTUAL_SERVER,
    name: service(),
    meaning: 'a service, and the servers behind it',
    standing: ACTS,
  }),
};
