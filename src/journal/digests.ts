/**
 * The digests of the stored form (docs/journal-format.md is the contract). Apart from the rest of it, so that who only reads
 * does not load cryptography, which costs a command as much as all it reads.
 */
import { hash } from 'node:crypto';
import type { Column, TableName } from './format.ts';

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

export const DIGEST_BYTES = 16;

type Content = readonly (string | number | null)[];

/**
 * Digest of a stored row: the first 16 bytes of SHA-256 over the JSON array of the table's name and the columns in
 * canonical order, BLOBs as lower-case hexadecimal.
 */
export function digestOf(table: TableName, columns: readonly Column[]): Buffer {
  const content: (string | number | null)[] = [table];
  for (const column of columns) content.push(column instanceof Uint8Array ? hex(column) : column);
  const digest = Buffer.alloc(DIGEST_BYTES);
  writeDigest(content, digest, 0);
  return digest;
}

/** Writes the digest of a row without BLOBs, of which `content` is the table's name and the columns. */
export function writeDigest(content: Content, into: Buffer, at: number): void {
  // As a text: a buffer of its own for each costs three times the hashing, and garbage collection on top.
  into.write(hash('sha256', JSON.stringify(content), 'binary'), at, DIGEST_BYTES, 'latin1');
}

/** The same of a content that is JSON already, in hexadecimal. */
export function textDigest(content: string): string {
  return hash('sha256', content, 'hex').slice(0, 32);
}

/** What the chain says about a batch, without its hash. */
export interface ChainHead {
  readonly batch: number;
  /** First and last seq of the batch's rows in `ev`; null if it has none. */
  readonly first: number | null;
  readonly last: number | null;
  /** Number of rows of all tables in the batch. */
  readonly rows: number;
}

/** SHA-256 over the previous hash, the JSON array [batch, first, last, rows], and the digests in table and key order. */
export function chainHash(prev: Uint8Array, head: ChainHead, digests: readonly Uint8Array[]): Buffer {
  const text = JSON.stringify([head.batch, head.first, head.last, head.rows]);
  return hash('sha256', Buffer.concat([prev, Buffer.from(text), ...digests]), 'buffer');
}

/** SHA-256 of a definition's canonical JSON. */
export function contentHash(canonical: string): Buffer {
  return hash('sha256', canonical, 'buffer');
}
