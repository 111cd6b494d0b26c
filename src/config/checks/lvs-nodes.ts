/** What the checks of virtual servers share. */
import type { BlockNode, Given } from '../node.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../problems.ts';
import type { REAL_SERVER } from '../registry/lvs/real-server.ts';
import type { CorrectedEndpoint, Service } from '../registry/lvs/service.ts';
import type { VIRTUAL_SERVER } from '../registry/lvs/virtual-server.ts';

export type VirtualServerNode = BlockNode<typeof VIRTUAL_SERVER.keywords, Service>;
export type RealServerNode = BlockNode<typeof REAL_SERVER.keywords, CorrectedEndpoint>;

/** Lines of the file that say something. */
export function usable(lines: readonly Given[]): readonly Given[] {
  return lines.filter(({ value }) => value !== null);
}

/** Reports that only the first of these lines counts. */
export function reportRepeated(lines: readonly Given[], problems: Problems): void {
  for (const { keyword } of usable(lines).slice(1)) {
    const message = `${quoted(keyword)} is given already: the first one counts`;
    problems.add({ severity: 'warning', code: 'duplicate-keyword', place: keyword, message });
  }
}

/** Reports that only the last of these lines counts. */
export function reportReplaced(lines: readonly Given[], problems: Problems): void {
  for (const { keyword } of usable(lines).slice(1)) {
    const message = `${quoted(keyword)} is given already: this line replaces it`;
    problems.add({ severity: 'warning', code: 'duplicate-keyword', place: keyword, message });
  }
}
