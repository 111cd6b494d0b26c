/** The address of the page names what it shows, so that a moment can be shared: `#node=r1&actor=vrrp/VI_1&seq=12`. */

export interface Place {
  readonly node: string | null;
  readonly actor: string | null;
  /** Null: live. */
  readonly seq: number | null;
}

export function readPlace(): Place {
  const fields = new URLSearchParams(location.hash.slice(1));
  const seq = Number(fields.get('seq') ?? Number.NaN);
  return {
    node: fields.get('node'),
    actor: fields.get('actor'),
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : null,
  };
}

/** Stepping does not fill the browser's history; jumping elsewhere does. */
export function writePlace({ node, actor, seq }: Place, how: 'replace' | 'push'): void {
  const fields = [
    ...(node === null ? [] : [`node=${encodeURIComponent(node)}`]),
    ...(actor === null ? [] : [`actor=${encodeURIComponent(actor).replaceAll('%2F', '/')}`]),
    ...(seq === null ? [] : [`seq=${seq}`]),
  ];
  const hash = `#${fields.join('&')}`;
  if (hash === location.hash) return;
  if (how === 'push') history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
