/** Generic netlink (linux/genetlink.h): families that are known by name and get their message type when they are loaded. */
import { decodeAttributes, joined, numberOf, text } from './attributes.ts';

/** Message type of the controller, which knows the families. */
export const GENL_ID_CTRL = 16;

const CTRL_CMD_GETFAMILY = 3;
const CTRL_VERSION = 1;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;

/** genlmsghdr: command, version, and two bytes that nobody uses. */
const HEADER_LENGTH = 4;

export interface GenericMessage {
  readonly command: number;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** Payload of a request to a family. */
export function encodeGeneric(
  command: number,
  version: number,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  return joined(Uint8Array.of(command, version, 0, 0), ...attributes);
}

/** Null if it is malformed. */
export function decodeGeneric(payload: Uint8Array): GenericMessage | null {
  if (payload.length < HEADER_LENGTH) return null;
  const attributes = decodeAttributes(payload, HEADER_LENGTH);
  return attributes === null ? null : { command: payload[0] ?? 0, attributes };
}

/** Asks the controller for a family: the kernel loads the module that has it, if it knows of one. */
export function encodeFamilyRequest(name: string): Uint8Array {
  return encodeGeneric(CTRL_CMD_GETFAMILY, CTRL_VERSION, text(CTRL_ATTR_FAMILY_NAME, name));
}

/** Message type of the family that the controller tells of; null if it is malformed. */
export function decodeFamilyId(payload: Uint8Array): number | null {
  return numberOf(decodeGeneric(payload)?.attributes.get(CTRL_ATTR_FAMILY_ID));
}
