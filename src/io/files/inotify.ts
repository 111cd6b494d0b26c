/** Events of inotify, as they are read from the kernel (inotify(7)). */

/** IN_IGNORED: the directory is gone. IN_Q_OVERFLOW: events were lost. IN_ISDIR: it is about a directory. */
const GONE = 0x8000;
const OVERFLOW = 0x4000;
const DIRECTORY = 0x4000_0000;
const HEADER_BYTES = 16;

export interface DirectoryEvent {
  /** Number of the watch; -1 when events of all were lost. */
  readonly watch: number;
  readonly what: 'changed' | 'gone' | 'lost';
  /** Name in the directory. */
  readonly name: string;
}

export function decodeInotify(bytes: Uint8Array): DirectoryEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: DirectoryEvent[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const watch = view.getInt32(offset, true);
    const mask = view.getUint32(offset + 4, true);
    const length = view.getUint32(offset + 12, true);
    const start = offset + HEADER_BYTES;
    offset = start + length;
    if ((mask & DIRECTORY) !== 0 || offset > bytes.length) continue;
    const name = Buffer.from(bytes.subarray(start, offset)).toString('utf8').replace(/\0.*$/s, '');
    events.push({ watch, what: mask & GONE ? 'gone' : mask & OVERFLOW ? 'lost' : 'changed', name });
  }
  return events;
}
