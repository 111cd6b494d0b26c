/** Passwords and keys of a configuration, on the only way that they take: past events, effects and the journal. */
import type { Config } from '../config/model.ts';
import type { ActorId } from '../engine/types.ts';
import type { AdvertSecrets } from '../io/heartbeat/digests.ts';

const PASSWORD_BYTES = 8;

export function advertSecrets(config: Config): ReadonlyMap<ActorId, AdvertSecrets> {
  const secrets = new Map<ActorId, AdvertSecrets>();
  for (const instance of config.tree.vrrp_instance) {
    const password = instance.authentication.at(-1)?.auth_pass ?? null;
    const keys = instance.auth_hmac.at(-1)?.key ?? [];
    if (password === null && keys.length === 0) continue;
    secrets.set(`vrrp/${instance.name}`, {
      password: password === null ? null : passwordBytes(password.reveal()),
      keys: new Map(
        keys.flatMap(({ id, form, secret }) =>
          form === 'file'
            ? []
            : [[id, Buffer.from(secret.reveal(), form === 'hex' ? 'hex' : 'utf8')] as const],
        ),
      ),
    });
  }
  return secrets;
}

/** keepalived: eight bytes, zeros after a shorter password. */
function passwordBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(PASSWORD_BYTES);
  bytes.set(Buffer.from(text, 'utf8').subarray(0, PASSWORD_BYTES));
  return bytes;
}
