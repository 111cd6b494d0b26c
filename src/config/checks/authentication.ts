/** authentication and auth_hmac. */
import type { NodeOf } from '../node.ts';
import type { Problems } from '../problems.ts';
import { OWNER_PRIORITY } from '../registry/vrrp/election.ts';
import { decodeKey, type HmacKey } from '../registry/vrrp/hmac-key.ts';
import type { VRRP_INSTANCE } from '../registry/vrrp/instance.ts';
import { type CheckContext, type InstanceNode, warn } from './context.ts';
import { familyOf } from './family.ts';

export function checkAuthentication(node: InstanceNode, context: CheckContext): void {
  const { problems } = context;
  readKeyFiles(node, context);
  checkHmac(node, problems);
  const block = mergedBlock(node);
  if (block === undefined || block.keyword === null) return;
  const kind = block.get('auth_type');
  const why = whyIgnored(node, block);
  if (why !== null) {
    block.kept = false;
    warn(problems, 'authentication-ignored', block.keyword, `${why}: this block is ignored`);
    return;
  }
  if (kind === 'AH' && node.get('state') === 'MASTER' && node.get('priority') !== OWNER_PRIORITY) {
    node.correct('state', 'BACKUP');
    warn(
      problems,
      'state-corrected',
      node.place('state'),
      'AH does not go with state MASTER: BACKUP is in force',
    );
  }
}

/** What stands in a key's file takes its place; a key that cannot be used is left out. */
function readKeyFiles(node: InstanceNode, { problems, environment }: CheckContext): void {
  for (const block of node.blocks('auth_hmac')) {
    if (block.get('key').every(({ form }) => form !== 'file')) continue;
    const complain = (code: string, message: string) => warn(problems, code, block.place('key'), message);
    const keys = block.get('key').flatMap((key): readonly HmacKey[] => {
      const file = key.form === 'file' ? environment.keyFile(key.secret.reveal()) : null;
      if (file === null) return [key];
      if (file.exposed)
        complain('key-file-exposed', `others than its owner may read the file of key ${key.id}`);
      if (file.text === null) {
        complain('invalid-key', `the file of key ${key.id} ${file.problem}: the key is ignored`);
        return [];
      }
      const decoded = decodeKey(file.text);
      if (typeof decoded !== 'string') return [{ id: key.id, ...decoded }];
      complain('invalid-key', `the file of key ${key.id}: ${decoded}: it is ignored`);
      return [];
    });
    block.correct('key', keys);
  }
}

type AuthenticationNode = NodeOf<(typeof VRRP_INSTANCE)['keywords']['authentication']>;

/** Several blocks count as one. */
function mergedBlock(node: InstanceNode): AuthenticationNode | undefined {
  const blocks = node.blocks('authentication');
  const last = blocks.at(-1);
  for (const block of blocks.slice(0, -1).reverse()) {
    block.kept = false;
    if (last?.get('auth_type') === null) last.correct('auth_type', block.get('auth_type'));
    if (last?.get('auth_pass') === null) last.correct('auth_pass', block.get('auth_pass'));
  }
  return last;
}

function whyIgnored(node: InstanceNode, block: AuthenticationNode): string | null {
  if (node.get('version') === 3) return 'version 3 has no authentication';
  if (node.get('strict_mode')) return 'strict mode allows no authentication';
  if (node.hasBlock('auth_hmac')) return "'auth_hmac' takes its place";
  const kind = block.get('auth_type');
  if (kind === null) return null;
  if ((block.get('auth_pass')?.reveal() ?? '') === '') return 'there is no auth_pass';
  return kind === 'AH' && familyOf(node) === 'inet6' ? 'AH is for IPv4 only' : null;
}

/** Without a key that signs, keepalived does without the extension. */
function checkHmac(node: InstanceNode, problems: Problems): void {
  for (const block of node.blocks('auth_hmac')) {
    const seen = new Set<number>();
    const keys = block.get('key').filter(({ id }) => !seen.has(id) && seen.add(id));
    if (keys.length < block.get('key').length) {
      warn(problems, 'duplicate-key', block.origin, 'two keys have one number: the first one counts');
      block.correct('key', keys);
    }
    const active = block.get('active_key');
    if (active === null || !seen.has(active)) {
      block.kept = false;
      const why = active === null ? 'it has no active_key' : `it has no key ${active}, which is to sign`;
      warn(problems, 'hmac-ignored', block.origin, `${why}: this block is ignored`);
      continue;
    }
    if (block.get('anti_replay') === 'monotonic' && block.isSet('time_window')) {
      warn(
        problems,
        'value-ignored',
        block.place('time_window'),
        "'time_window' is for 'anti_replay time': it is ignored",
      );
    }
    if (node.get('strict_mode') && block.get('mode') !== 'enforce') {
      block.correct('mode', 'enforce');
      warn(problems, 'strict-corrected', block.place('mode'), "strict mode: 'mode' is enforce");
    }
  }
}
