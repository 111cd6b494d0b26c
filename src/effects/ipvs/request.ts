/** What IPVS can be asked for, as the payload of a generic netlink message and as words. */
import {
  IPVS_CMD_DEL_DEST,
  IPVS_CMD_DEL_SERVICE,
  IPVS_CMD_FLUSH,
  IPVS_CMD_NEW_DEST,
  IPVS_CMD_NEW_SERVICE,
  IPVS_CMD_SET_DEST,
  IPVS_CMD_SET_SERVICE,
  IPVS_VERSION,
} from '../../protocol/ipvs/commands.ts';
import {
  type DestinationSettings,
  type DestinationTarget,
  destinationKey,
  encodeDestination,
  encodeDestinationTarget,
} from '../../protocol/ipvs/destination.ts';
import {
  encodeService,
  encodeTarget,
  type ServiceSettings,
  type ServiceTarget,
  targetKey,
} from '../../protocol/ipvs/service.ts';
import { encodeGeneric } from '../../protocol/netlink/generic.ts';

export type IpvsRequest =
  | { readonly does: 'add' | 'change'; readonly service: ServiceTarget; readonly settings: ServiceSettings }
  | { readonly does: 'remove'; readonly service: ServiceTarget }
  | {
      readonly does: 'addDestination' | 'changeDestination';
      readonly service: ServiceTarget;
      readonly destination: DestinationTarget;
      readonly settings: DestinationSettings;
    }
  | {
      readonly does: 'removeDestination';
      readonly service: ServiceTarget;
      readonly destination: DestinationTarget;
    }
  | { readonly does: 'flush' };

/** What the request is called in the log of keepalived, which has the names of an older interface of the kernel. */
export const COMMAND_NAMES = {
  add: 'IP_VS_SO_SET_ADD(1154)',
  change: 'IP_VS_SO_SET_EDIT(1155)',
  remove: 'IP_VS_SO_SET_DEL(1156)',
  flush: 'IP_VS_SO_SET_FLUSH(1157)',
  addDestination: 'IP_VS_SO_SET_ADDDEST(1159)',
  removeDestination: 'IP_VS_SO_SET_DELDEST(1160)',
  changeDestination: 'IP_VS_SO_SET_EDITDEST(1161)',
} as const;

/** A service, and its destination: `[10.0.0.1]:tcp:80 -> [10.0.0.2]:80`. */
export function entryText(request: IpvsRequest): string {
  if (request.does === 'flush') return '';
  const service = targetKey(request.service);
  return 'destination' in request ? `${service} -> ${destinationKey(request.destination)}` : service;
}

/** Payload of a request; null if it cannot be written down: an address is none. */
export function encodeRequest(request: IpvsRequest): Uint8Array | null {
  switch (request.does) {
    case 'add':
      return encodeService(IPVS_CMD_NEW_SERVICE, request.service, request.settings);
    case 'change':
      return encodeService(IPVS_CMD_SET_SERVICE, request.service, request.settings);
    case 'remove':
      return encodeTarget(IPVS_CMD_DEL_SERVICE, request.service);
    case 'flush':
      return encodeGeneric(IPVS_CMD_FLUSH, IPVS_VERSION);
    case 'addDestination':
    case 'changeDestination': {
      const command = request.does === 'addDestination' ? IPVS_CMD_NEW_DEST : IPVS_CMD_SET_DEST;
      return encodeDestination(command, request.service, request.destination, request.settings);
    }
    case 'removeDestination':
      return encodeDestinationTarget(IPVS_CMD_DEL_DEST, request.service, request.destination);
  }
}
