/**
 * The kernel's connector of process events (linux/connector.h, linux/cn_proc.h): what to send to be told, and what is
 * told. In the byte order of the machine, which is little-endian on all that this program runs on.
 */

const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
const CONNECTOR_BYTES = 20;
/** CN_IDX_PROC and CN_VAL_PROC */
const CONNECTOR_OF_PROCESSES = 1;
const EVENT_OFFSET = HEADER_BYTES + CONNECTOR_BYTES;
const DATA_OFFSET = EVENT_OFFSET + 16;
const NAME_BYTES = 16;

const LISTEN = 1;

const WHAT = { none: 0, fork: 1, exec: 2, comm: 0x200, exit: 0x8000_0000 } as const;

/** A process, never a mere thread. `acknowledged`: the kernel tells from now on. */
export type ProcessEvent =
  | { readonly what: 'acknowledged' }
  | { readonly what: 'forked'; readonly parent: number; readonly child: number }
  | { readonly what: 'executed'; readonly pid: number }
  | { readonly what: 'renamed'; readonly pid: number; readonly name: string }
  | { readonly what: 'exited'; readonly pid: number };

/** The message that asks to be told. */
export function encodeProcessSubscription(): Uint8Array {
  const bytes = new Uint8Array(EVENT_OFFSET + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, NLMSG_DONE, true);
  view.setUint32(HEADER_BYTES, CONNECTOR_OF_PROCESSES, true);
  view.setUint32(HEADER_BYTES + 4, CONNECTOR_OF_PROCESSES, true);
  view.setUint16(HEADER_BYTES + 16, 4, true);
  view.setUint32(EVENT_OFFSET, LISTEN, true);
  return bytes;
}

/** null: nothing that matters here, or no such message. */
export function decodeProcessEvent(datagram: Uint8Array): ProcessEvent | null {
  if (datagram.length < DATA_OFFSET + 8) return null;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const index = view.getUint32(HEADER_BYTES, true);
  if (index !== CONNECTOR_OF_PROCESSES || view.getUint16(4, true) !== NLMSG_DONE) return null;
  const number = (position: number): number => view.getUint32(DATA_OFFSET + 4 * position, true);
  switch (view.getUint32(EVENT_OFFSET, true)) {
    case WHAT.none:
      return { what: 'acknowledged' };
    case WHAT.fork: {
      if (datagram.length < DATA_OFFSET + 16) return null;
      const [parent, child, group] = [number(1), number(2), number(3)];
      return child === group ? { what: 'forked', parent, child } : null;
    }
    case WHAT.exec:
      return number(0) === number(1) ? { what: 'executed', pid: number(1) } : null;
    case WHAT.comm: {
      if (datagram.length < DATA_OFFSET + 8 + NAME_BYTES || number(0) !== number(1)) return null;
      const name = datagram.subarray(DATA_OFFSET + 8, DATA_OFFSET + 8 + NAME_BYTES);
      const end = name.indexOf(0);
      const text = String.fromCharCode(...name.subarray(0, end < 0 ? NAME_BYTES : end));
      return { what: 'renamed', pid: number(1), name: text };
    }
    case WHAT.exit:
      return number(0) === number(1) ? { what: 'exited', pid: number(1) } : null;
    default:
      return null;
  }
}
