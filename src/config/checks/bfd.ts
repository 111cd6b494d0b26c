/** bfd_instance: sessions that cannot run are left out. */
import { type CheckContext, warn } from './context.ts';
import { familyOfText } from './family.ts';

export function checkBfd({ root, problems }: CheckContext): void {
  const seen = new Set<string>();
  for (const node of root.blocks('bfd_instance')) {
    const neighbor = node.get('neighbor_ip');
    const source = node.get('source_ip');
    const ignore = (why: string): void => {
      node.kept = false;
      warn(problems, 'bfd-ignored', node.origin, `${why}: this block is ignored`);
    };
    if (!node.isSet('vrrp') && !node.isSet('checker')) {
      node.correct('vrrp', true);
      node.correct('checker', true);
    }
    if (neighbor === null) {
      ignore('a BFD session needs a neighbor_ip');
      continue;
    }
    if (source !== null && familyOfText(source) !== familyOfText(neighbor)) {
      ignore('source_ip and neighbor_ip must be of the same family');
      continue;
    }
    const key = `${neighbor} ${node.get('multihop')}`;
    if (seen.has(key) || seen.has(`${key} ${source}`) || (source === null && seen.has(`${key} any`))) {
      ignore('another session has this neighbor_ip');
      continue;
    }
    // A session without source_ip takes every packet of its neighbour.
    if (source === null) seen.add(key);
    else seen.add(`${key} ${source}`).add(`${key} any`);
    const hops = node.get('max_hops');
    const ttl = node.get('ttl');
    if (hops === -1) node.correct('max_hops', ttl);
    else if (hops > ttl) {
      node.correct('max_hops', ttl);
      const message = `'max_hops' cannot be above the TTL: ${ttl} is in force`;
      warn(problems, 'value-corrected', node.place('max_hops'), message);
    }
  }
}
