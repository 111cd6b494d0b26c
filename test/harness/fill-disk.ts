/** A disk that somebody else has filled. */
import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const PAGE_BYTES = 4096;

/** Takes every byte of a small file system but those of `leftPages` pages; returns what gives them back. */
export function fillDisk(mountPoint: string, leftPages = 0): () => void {
  const path = join(mountPoint, 'somebody-elses-file');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  try {
    for (;;) writeFileSync(path, page, { flag: 'a' });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  if (leftPages > 0) truncateSync(path, statSync(path).size - leftPages * PAGE_BYTES);
  return () => rmSync(path, { force: true });
}
