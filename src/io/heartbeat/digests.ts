/** Passwords and keys of instances, and what is computed with them. Nothing of them is ever told. */
import { createHmac } from 'node:crypto';
import type { AdvertDigests } from '../../engine/heartbeat/signer.ts';
import type { ActorId } from '../../engine/types.ts';

export interface AdvertSecrets {
  /** Eight bytes; null without. */
  readonly password: Uint8Array | null;
  /** Keys of auth_hmac by their number. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
}

export class SecretDigests implements AdvertDigests {
  #secrets: ReadonlyMap<ActorId, AdvertSecrets>;

  constructor(secrets: ReadonlyMap<ActorId, AdvertSecrets>) {
    this.#secrets = secrets;
  }

  /** After a reload. Tell the heartbeat service, which has built packets with a password. */
  replace(secrets: ReadonlyMap<ActorId, AdvertSecrets>): void {
    this.#secrets = secrets;
  }

  password(actor: ActorId): Uint8Array | null {
    return this.#secrets.get(actor)?.password ?? null;
  }

  hmacMd5(actor: ActorId, input: Uint8Array): Uint8Array | null {
    const password = this.password(actor);
    return password === null ? null : createHmac('md5', password).update(input).digest();
  }

  hmacSha256(actor: ActorId, keyId: number, input: Uint8Array): Uint8Array | null {
    const key = this.#secrets.get(actor)?.keys.get(keyId);
    return key === undefined ? null : createHmac('sha256', key).update(input).digest();
  }
}
