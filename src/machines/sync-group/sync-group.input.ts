/** One vrrp_sync_group. */
export type SyncGroupInput = {
  readonly name: string;
  /** Its own actor, `group/VG_1`, and those of its members, in the order of the configuration. */
  readonly actor: string;
  readonly members: readonly string[];
};
