/** Bytes as genhash -v shows them: the place, sixteen of them in two halves, and what of them can be read. */

const ROW = 16;
const HALF = 8;

export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) text += `${row(bytes.subarray(at, at + ROW), at)}\n`;
  return text;
}

function row(bytes: Uint8Array, at: number): string {
  const cells = Array.from({ length: ROW }, (_, index) => {
    const byte = bytes[index];
    return byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
  });
  const readable = Array.from(bytes, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'));
  const halves = `${cells.slice(0, HALF).join(' ')} - ${cells.slice(HALF).join(' ')}`;
  return `${String(at).padStart(4, '0')}  ${halves}   ${readable.join('').padEnd(ROW)}`;
}
