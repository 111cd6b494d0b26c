/**
 * The kernel's table of IPVS as a snapshot. It is read in slices, between which the event loop has its turn: ten thousand
 * destinations take a tenth of a second, and adverts must leave meanwhile.
 */
import { getSystemErrorName } from 'node:util';
import { openGenericNetlinkSocket } from '../../native/index.ts';
import { genericFamily, kernelAnswers } from '../../native/netlink.ts';
import { closeSocket, type OpenSocket } from '../../native/socket.ts';
import {
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_SERVICE,
  IPVS_FAMILY,
  IPVS_VERSION,
} from '../protocol/ipvs/commands.ts';
import { decodeDestination, destinationKey, encodeDestinationDump } from '../protocol/ipvs/destination.ts';
import { decodeService, familyOfTarget, type ServiceMessage, targetKey } from '../protocol/ipvs/service.ts';
import type { IpvsTable, TableDestination, TableService } from '../protocol/ipvs/table.ts';
import { encodeGeneric } from '../protocol/netlink/generic.ts';
import { type NetlinkMessage, NLM_F_DUMP } from '../protocol/netlink/message.ts';

const BUFFER_BYTES = 256 * 1024;
/** Services whose destinations are asked for between two turns of the event loop; each is a system call or two. */
const SERVICES_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * All services and destinations of a network namespace (`/run/netns/NAME`; null: that of this process); null if its
 * kernel has no IPVS. Rejects if the kernel does not answer.
 */
export async function readIpvsTable(namespace: string | null): Promise<IpvsTable | null> {
  const socket = openGenericNetlinkSocket(BUFFER_BYTES, namespace);
  try {
    const family = genericFamily(socket, IPVS_FAMILY);
    if (family === null) return null;
    const found: ServiceMessage[] = [];
    for await (const { payload } of dump(socket, family, encodeGeneric(IPVS_CMD_GET_SERVICE, IPVS_VERSION))) {
      const service = decodeService(payload);
      if (service !== null) found.push(service);
    }
    const services = new Map<string, TableService>();
    for (const [at, service] of found.entries()) {
      if (at > 0 && at % SERVICES_A_TURN === 0) await nextTurn();
      const { target, settings } = service;
      const destinations = await readDestinations(socket, family, service);
      services.set(targetKey(target), { target, settings, destinations });
    }
    return services;
  } finally {
    closeSocket(socket);
  }
}

async function readDestinations(
  socket: OpenSocket,
  family: number,
  { target: service }: ServiceMessage,
): Promise<ReadonlyMap<string, TableDestination>> {
  const found = new Map<string, TableDestination>();
  const question = encodeDestinationDump(service) ?? encodeGeneric(IPVS_CMD_GET_DEST, IPVS_VERSION);
  for await (const { payload } of dump(socket, family, question)) {
    const destination = decodeDestination(payload, familyOfTarget(service));
    if (destination === null) continue;
    const { target, settings } = destination;
    found.set(destinationKey(target), { target, settings });
  }
  return found;
}

/** The event loop has its turn between two datagrams, of about a hundred entries each. */
async function* dump(
  socket: OpenSocket,
  family: number,
  question: Uint8Array,
): AsyncGenerator<NetlinkMessage, void, void> {
  const parts = kernelAnswers(socket, family, NLM_F_DUMP, question);
  for (let part = parts.next(), datagrams = 0; ; part = parts.next(), datagrams += 1) {
    if (part.done === true) {
      if (part.value === 0) return;
      throw new Error(`IPVS refuses to tell its table: ${getSystemErrorName(-part.value)}`);
    }
    if (datagrams > 0) await nextTurn();
    yield* part.value;
  }
}
