/** What a check that speaks TLS wants of the certificate that it is shown. Plain JSON. */
export type TlsDemands = {
  /** Name or address that it has to be for, signed by whom is trusted; null: it is taken as it is (keepalived). */
  readonly verifiedName: string | null;
  /** File of certificates to trust; '': that of the SSL block, else the system's. */
  readonly ca: string;
  /** Its end is spoken of that many days before; null: never. */
  readonly expiryWarningDays: number | null;
};
