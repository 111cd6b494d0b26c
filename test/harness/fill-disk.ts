/** A disk that somebody else has filled. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Takes every free byte of a small file system; returns what gives them back. */
export function fillDisk(mountPoint: string): () => void {
  const path = join(mountPoint, 'somebody-elses-file');
  const page = Buffer.alloc(4096, 1);
  try {
    for (;;) writeFileSync(path, page, { flag: 'a' });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  return () => rmSync(path);
}
