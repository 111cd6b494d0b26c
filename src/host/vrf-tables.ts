/** VRFs of this network namespace and their routing tables. */
import { openNetlinkSocket } from '../../native/index.ts';
import { askKernel } from '../../native/netlink.ts';
import { closeSocket } from '../../native/socket.ts';
import { NLM_F_DUMP } from '../protocol/netlink/message.ts';
import { decodeLink, encodeLinkDump, RTM_GETLINK } from '../protocol/rtnetlink/link.ts';

const DUMP_BUFFER_BYTES = 256 * 1024;

/** By name; null if the kernel cannot be asked. */
export function vrfTables(): ReadonlyMap<string, number> | null {
  const tables = new Map<string, number>();
  try {
    const socket = openNetlinkSocket([], DUMP_BUFFER_BYTES);
    try {
      for (const { payload } of askKernel(socket, RTM_GETLINK, NLM_F_DUMP, encodeLinkDump()).messages) {
        const link = decodeLink(payload);
        if (link !== null && link.vrfTable !== null) tables.set(link.name, link.vrfTable);
      }
    } finally {
      closeSocket(socket);
    }
  } catch {
    return null;
  }
  return tables;
}
