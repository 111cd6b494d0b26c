/** What left a machine because of a history, byte for byte. */

/** One thing that left. */
export interface Output {
  /** Whole IP packet or Ethernet frame; netlink: the message with sequence and port 0; a line with its newline. */
  readonly bytes: Uint8Array;
  /** Row that asked for it. */
  readonly seq: number;
  /** Unix time; of an advert in a run that of the run's grid. */
  readonly wallUs: number;
  /** What it is and why it was sent, for people. */
  readonly why: string;
  /** False: the identification of an IPv4 header is not known, because an unknown number of sends failed before. */
  readonly hasIdentification?: boolean;
  /** It was handed to a link without carrier, which drops it or not. */
  readonly isDropped?: boolean;
}

export const OUTPUT_KINDS = ['packet', 'frame', 'netlink', 'line'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** Outputs whose order is certain. Several streams reach a capture in any order. */
export interface OutputStream {
  readonly kind: OutputKind;
  /** `adverts of vrrp/VI_1` */
  readonly name: string;
  readonly outputs: readonly Output[];
  /** How many of them are there is not known: what a capture has of them is compared, what it has not is not missed. */
  readonly isPartial: boolean;
}

export interface Derivation {
  readonly streams: readonly OutputStream[];
  /** What the journal does not tell, in sentences. */
  readonly unknown: readonly string[];
}

/** Facts of the machine that no journal has: `ip -j link` gives them. */
export interface InterfaceFact {
  readonly ifname: string;
  readonly ifindex: number;
  /** MAC address. */
  readonly address: string;
  /** `ether` for Ethernet. */
  readonly link_type: string;
  readonly flags: readonly string[];
  /** net.ipv6.conf.NAME.forwarding; false without. */
  readonly forwarding?: boolean;
}
